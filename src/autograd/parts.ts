import { DomainError, describeValue } from "../tensor/errors.ts";
import { Parameter } from "./variable.ts";

/** What has parameters, of its own or of parts that it is made of: a net, a distribution, a layer. */
export interface Part {
  /** All of them, each once. */
  readonly parameters: readonly Parameter[];
  /** What it is made of, by name; the parameters of a part called "" are named as if they were its own. */
  readonly parts?: Parts;
}

/** Parts by name, or by position in a list. */
export type Parts = Readonly<Record<string, Part>> | readonly Part[];

/**
 * Throws DomainError unless something has a list of parameters, all of them made by this copy of the library: with another one's neither
 * ops nor training can do anything.
 */
export function checkParameters(operation: string, name: string, part: unknown): void {
  const parameters = (part as Part | undefined)?.parameters as unknown;
  if (Array.isArray(parameters) && Array.from(parameters).every((each) => each instanceof Parameter)) return;
  throw new DomainError(`${operation}: ${name} must have a list of Parameters; got ${describeValue(parameters)}`);
}

/** The parameters of several parts, each once. */
export function parametersOf(parts: Parts): Parameter[] {
  return [...new Set(Object.values(parts).flatMap((part: Part) => part.parameters))];
}

/**
 * Every parameter by the way to it, from part to part: `"3.conditioner.0.weight"`. What stands in several places is named after the
 * first. Two of one name are told apart by `_2`, `_3` …; one without a name is called `parameter`. Throws DomainError for what has no parameters.
 *
 * @example
 * const net = mlp({ inputs: 1, outputs: 2, hidden: [8], random: new Random(1) });
 * [...namedParameters(net).keys()]; // ["0.weight", "0.bias", "1.weight", "1.bias"]
 */
export function namedParameters(whole: Part): ReadonlyMap<string, Parameter> {
  if (!Array.isArray(whole?.parameters)) {
    throw new DomainError(`namedParameters: needs something that has parameters; got ${describeValue(whole)}`);
  }
  const ways = new Map<Parameter, string>();
  const visited = new Set<Part>();
  const visit = (part: Part, prefix: string): void => {
    if (visited.has(part)) return;
    visited.add(part);
    const { parameters, parts = {} } = part;
    for (const [name, inner] of Object.entries(parts)) visit(inner, name === "" ? prefix : `${prefix}${name}.`);
    for (const each of parameters) if (!ways.has(each)) ways.set(each, `${prefix}${each.name || "parameter"}`);
  };
  visit(whole, "");
  const named = new Map<string, Parameter>();
  for (const each of whole.parameters) {
    const way = ways.get(each) as string;
    let name = way;
    for (let k = 2; named.has(name); k++) name = `${way}_${k}`;
    named.set(name, each);
  }
  return named;
}
