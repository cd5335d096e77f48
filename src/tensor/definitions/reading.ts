import { DiffeoError, DomainError, describeValue, LimitError } from "../errors.ts";
import { Random } from "../random.ts";
import { formatShape, type Shape, sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

// How definitions are read: field by field, each with a type, none unknown and none missing. What comes may be from anywhere.

/** What comes with a definition. */
export interface Beside {
  /** The buffers that were saved, by name, as in `Bijection.buffers`; others may be among them. */
  readonly buffers?: ReadonlyMap<string, Tensor>;
  /** The most numbers that all parameters and buffers together may hold; no limit by default. */
  readonly limit?: number;
}

/** Definitions within definitions, at most. */
const DEEPEST = 32;

/** What is known by type, in groups such as "a layer", "an element". */
export type Registry = { readonly [group: string]: Kinds<unknown> };

/** What all places of one definition have in common. */
interface Whole {
  /** In whose name refusals are. */
  readonly operation: string;
  readonly registry: Registry;
  readonly options: Beside;
  /** Where parameters start, which are assigned later. */
  readonly random: Random;
  /** What has been made, by group and path: it may be referred to again. */
  readonly made: Map<string, unknown>;
  /** How many numbers were claimed so far. */
  claimed: number;
}

/** A place in a definition: what it is called in messages, and what belongs to the layer that is defined there. */
export class Place {
  readonly #whole: Whole;
  readonly #path: string;
  readonly #prefix: string;
  readonly #depth: number;

  private constructor(whole: Whole, path: string, prefix: string, depth: number) {
    this.#whole = whole;
    this.#path = path;
    this.#prefix = prefix;
    this.#depth = depth;
  }

  /** The place of the whole definition. Throws DomainError for options that are none. */
  static top(operation: string, registry: Registry, options: Beside): Place {
    const { buffers, limit } = options ?? {};
    const known = buffers === undefined || buffers instanceof Map;
    if (options === null || !known || !(limit === undefined || (typeof limit === "number" && limit >= 0))) {
      const came = options === null ? null : [buffers, limit];
      throw new DomainError(`${operation}: buffers are a Map, and a limit a number ≥ 0; got ${describeValue(came)}`);
    }
    return new Place({ operation, registry, options, random: new Random(0), made: new Map(), claimed: 0 }, "", "", 0);
  }

  /** Where parameters start, which are assigned later. */
  get random(): Random {
    return this.#whole.random;
  }

  /** The place of a field, or of an entry of a list. */
  at(step: string | number): Place {
    const field = typeof step === "number" ? `[${step}]` : `${this.#path === "" ? "" : "."}${step}`;
    return new Place(this.#whole, this.#path + field, this.#prefix, this.#depth);
  }

  /** The place of a part, whose buffers are called `"<step>.<name>"`. */
  part(step: string | number): Place {
    const place = this.at(step);
    return new Place(this.#whole, place.#path, `${this.#prefix}${step}.`, this.#depth);
  }

  /** The same place, whose buffers are called `"<name>.<…>"`. */
  called(name: string): Place {
    return new Place(this.#whole, this.#path, `${this.#prefix}${name}.`, this.#depth);
  }

  /** The same place, inside of the definition that stands there. Throws where definitions are nested too deeply. */
  inside(): Place {
    if (this.#depth === DEEPEST) throw this.refusal(`lies in more than ${DEEPEST} definitions`);
    return new Place(this.#whole, this.#path, this.#prefix, this.#depth + 1);
  }

  /** What the registry knows in a group. */
  kindsOf(group: string): Kinds<unknown> {
    return this.#whole.registry[group];
  }

  /** Notes what was made here. */
  remember(group: string, made: unknown): void {
    this.#whole.made.set(`${group} ${this.#path}`, made);
  }

  /** What was made at a place before this one. Throws DomainError if nothing of that group was. */
  madeBefore(group: string, path: string): unknown {
    const { made } = this.#whole;
    const known = `${group} ${path}`;
    if (made.has(known)) return made.get(known);
    throw this.refusal(`must be the same as ${group} before it; got ${describeValue(path)}`);
  }

  /** The error `operation: place message`. */
  refusal(message: string): DomainError {
    return new DomainError(`${this.#whole.operation}: ${this.#path || "the definition"} ${message}`);
  }

  /** What f makes; what f refuses is refused in the name of this place. */
  make<Made>(f: () => Made): Made {
    try {
      return f();
    } catch (error) {
      const { operation } = this.#whole;
      if (!(error instanceof DiffeoError) || error.message.startsWith(`${operation}: `)) throw error;
      const Kind = error instanceof LimitError ? LimitError : DomainError;
      throw new Kind(`${operation}: ${this.#path || "the definition"}: ${error.message}`);
    }
  }

  /** Notes that so many numbers will be held. Throws LimitError before they are, if that is more than there may be. */
  claim(numbers: number): void {
    const { operation, options } = this.#whole;
    const { limit = Number.POSITIVE_INFINITY } = options;
    this.#whole.claimed += numbers;
    if (this.#whole.claimed <= limit) return;
    throw new LimitError(`${operation}: at most ${limit} numbers; ${this.#path || "the definition"} takes more`);
  }

  /** The buffer of that name of the layer that is defined here. Throws DomainError if it is missing or of another shape. */
  buffer(name: string, shape: Shape): Tensor {
    const full = `${this.#prefix}${name}`;
    const buffer = this.#whole.options.buffers?.get(full);
    if (!(buffer instanceof Tensor)) throw this.refusal(`needs the buffer ${full}; there is none`);
    if (sameShape(buffer.shape, shape)) return buffer;
    throw this.refusal(`needs the buffer ${full} in the shape ${formatShape(shape)}; got ${formatShape(buffer.shape)}`);
  }
}

/** Makes something of one field's value, or throws; `undefined` is a field that is missing. */
export type Reader<Value> = (value: unknown, at: Place) => Value;

/** What readers make of the fields that they are for. */
type ReadOptions<Readers extends { readonly [field: string]: Reader<unknown> }> = {
  readonly [Field in keyof Readers]: ReturnType<Readers[Field]>;
};

/** How one type of definition is read: all of its fields. `xEntry`, beside x, rebuilds x from its definition; the registry lists them. */
export type Kind<Made> = (definition: { readonly [field: string]: unknown }, at: Place) => Made;

/** The types of definition there are, by name. */
export type Kinds<Made> = { readonly [type: string]: Kind<Made> };

/** A type of definition: what its fields are, and what is made of them. */
export function kind<Readers extends { readonly [field: string]: Reader<unknown> }, Made>(
  readers: Readers,
  make: (options: ReadOptions<Readers>, at: Place) => Made,
): Kind<Made> {
  return (definition, at) => {
    const unknown = Object.keys(definition).find((field) => field !== "type" && !Object.hasOwn(readers, field));
    if (unknown !== undefined) throw at.refusal(`has no field ${describeValue(unknown)}`);
    const options: { [field: string]: unknown } = {};
    for (const [field, read] of Object.entries(readers)) {
      options[field] = read(Object.hasOwn(definition, field) ? definition[field] : undefined, at.at(field));
    }
    return at.make(() => make(options as ReadOptions<Readers>, at));
  };
}

/** The fields of two lists as one: where a spread would keep bundlers from leaving an entry out. */
export function fieldsOfBoth<A extends object, B extends object>(a: A, b: B): A & B {
  return { ...a, ...b };
}

/** A type of definition that has two forms, told apart by whether a field is there. */
export function kindBy<Made>(
  field: string,
  forms: { readonly present: Kind<Made>; readonly absent: Kind<Made> },
): Kind<Made> {
  return (definition, at) => (Object.hasOwn(definition, field) ? forms.present : forms.absent)(definition, at);
}

/** What a definition defines whose type the registry knows in that group, "a layer" say. */
export function read<Made>(group: string, value: unknown, at: Place): Made {
  if (!(at instanceof Place)) throw new DomainError(`read: ${group} is read at a Place; got ${describeValue(at)}`);
  return readDefinition(group, at.kindsOf(group) as Kinds<Made>, value, at);
}

/** What a definition of one of those types defines, or what is the same as one of that group before it. */
export function readDefinition<Made>(group: string, kinds: Kinds<Made>, value: unknown, at: Place): Made {
  const definition = objectOf(value, at);
  const type = Object.hasOwn(definition, "type") ? definition.type : undefined;
  const same = kind({ as: text }, ({ as }, place) => place.madeBefore(group, as) as Made);
  const known = type === "same" ? same : typeof type === "string" && Object.hasOwn(kinds, type) && kinds[type];
  if (!known) throw at.refusal(`must be ${group} of a known type; its type is ${describeValue(type)}`);
  const made = known(definition, at.inside());
  at.remember(group, made);
  return made;
}

/** The fields of an object. */
function objectOf(value: unknown, at: Place): { readonly [field: string]: unknown } {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as { [field: string]: unknown };
  throw wrong(value, at, "an object");
}

/** The error for a value that is not what it must be. */
function wrong(value: unknown, at: Place, what: string): DomainError {
  return at.refusal(value === undefined ? "is missing" : `must be ${what}; got ${describeValue(value)}`);
}

/** A text. */
export function text(value: unknown, at: Place): string {
  if (typeof value === "string") return value;
  throw wrong(value, at, "a text");
}

/** An integer. */
export function integer(value: unknown, at: Place): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw wrong(value, at, "an integer");
}

/** How many there are of something: an integer ≥ 0. */
export function size(value: unknown, at: Place): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw wrong(value, at, "an integer ≥ 0");
}

/** A finite number. */
export function number(value: unknown, at: Place): number {
  if (Number.isFinite(value)) return value as number;
  throw wrong(value, at, "a number");
}

/** true or false. */
export function boolean(value: unknown, at: Place): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(value, at, "true or false");
}

/** One of several words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Reader<Word> {
  return (value, at) => {
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    throw wrong(value, at, words.join(" or "));
  };
}

/** A list, entry by entry. */
export function listOf<Entry>(read: Reader<Entry>): Reader<Entry[]> {
  return (value, at) => {
    if (Array.isArray(value)) return Array.from(value, (entry, i) => read(entry, at.at(i)));
    throw wrong(value, at, "a list");
  };
}

/** A part whose buffers are called `"<name>.<…>"`. */
export function called<Value>(name: string, read: Reader<Value>): Reader<Value> {
  return (value, at) => read(value, at.called(name));
}

/** A list of parts, whose buffers are called `"<name>.0.<…>"`, `"<name>.1.<…>"` … */
export function partsCalled<Part>(name: string, read: Reader<Part>): Reader<Part[]> {
  return (value, at) => {
    if (Array.isArray(value)) return Array.from(value, (part, i) => read(part, at.at(i).called(`${name}.${i}`)));
    throw wrong(value, at, "a list");
  };
}

/** A field that may be missing. */
export function optional<Value>(read: Reader<Value>): Reader<Value | undefined> {
  return (value, at) => (value === undefined ? undefined : read(value, at));
}
