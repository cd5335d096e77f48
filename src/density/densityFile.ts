// What a file says of a density beside its flow: the columns, their types and units, and how rows were scored that it was not fitted to.

import type { ModelExtra } from "../io/files/flowFile.ts";
import { FormatError } from "../io/formatError.ts";
import type { Json } from "../tensor/definitions/definition.ts";
import { describeValue } from "../tensor/errors.ts";
import type { Choice } from "./choice.ts";
import type { ColumnType } from "./columnType.ts";
import type { ConstantColumn, GivenColumn, ModelledColumn } from "./coordinates.ts";
import { MODEL_NAMES, type ModelKind } from "./recipes.ts";

/** What the coordinates of the flow are. */
const COORDINATES = "standardised";

/** The key of `extra`. */
export const DENSITY = "density";

/** Everything that a density knows beside its flow. */
export interface DensityFacts {
  /** The columns that are modelled, in the order of the coordinates. */
  readonly columns: readonly ModelledColumn[];
  /** The columns that are given, in order. */
  readonly conditions: readonly GivenColumn[];
  /** The columns that are not modelled. */
  readonly constants: readonly ConstantColumn[];
  /** The names of the columns of a Tensor of rows, in order. */
  readonly inputs: readonly string[];
  /** In ascending order. */
  readonly calibration: Float64Array | null;
  /** What was found out about the table. */
  readonly notes: readonly string[];
  /** Null for a flow that was not fitted by `estimateDensity`. */
  readonly choice: Choice | null;
}

/** The facts as JSON; −∞ among the scores is null. */
export function factsToJson({
  columns,
  conditions,
  constants,
  inputs,
  calibration,
  notes,
  choice,
}: DensityFacts): Json {
  return {
    coordinates: COORDINATES, // those of the flow: y = (v(x) − mean)/deviation
    ...{ inputs, notes },
    columns: columns.map((column) => ({ ...column, type: { ...column.type } })),
    conditions: conditions.map((condition) => ({ ...condition })),
    constants: constants.map((constant) => ({ ...constant })),
    calibration:
      calibration === null ? null : Array.from(calibration, (score) => (Number.isFinite(score) ? score : null)),
    choice: choiceToJson(choice),
  };
}

/** The choice without the time it took: the same fit makes the same file. */
export function choiceToJson(choice: Choice | null): Json {
  if (choice === null) return null;
  return { ...choice, candidates: choice.candidates.map((candidate) => ({ ...candidate, seconds: null })) };
}

/** What a file of the flow, or a checkpoint of it, has to say to be opened as a density: the names of columns that any model has, and all facts. */
export function extraOf(facts: DensityFacts): ModelExtra {
  const names = (columns: readonly { readonly name: string }[]): string[] => columns.map(({ name }) => name);
  return { columns: names(facts.columns), conditions: names(facts.conditions), [DENSITY]: factsToJson(facts) };
}

/** The facts of a file. Throws FormatError for what is none. */
export function factsFromJson(operation: string, json: Json): DensityFacts {
  const reader = new Fields(operation, json, "extra.density");
  const calibration = reader.field("calibration");
  if (reader.text("coordinates") !== COORDINATES)
    throw reader.refusal("coordinates", COORDINATES, reader.field("coordinates"));
  return {
    columns: reader.list("columns", (column) => ({
      name: column.text("name"),
      type: typeOf(column.inside("type")),
      mean: column.number("mean"),
      deviation: column.positive("deviation"),
    })),
    conditions: reader.list("conditions", (condition) => {
      const labels = condition.field("labels");
      return {
        name: condition.text("name"),
        mean: labels === null ? condition.number("mean") : null,
        deviation: labels === null ? condition.positive("deviation") : null,
        labels: labels === null ? null : condition.texts("labels"),
      };
    }),
    constants: reader.list("constants", (constant) => ({
      name: constant.text("name"),
      value: constant.number("value"),
    })),
    inputs: reader.texts("inputs"),
    calibration: calibration === null ? null : scoresOf(reader, calibration),
    notes: reader.texts("notes"),
    choice: reader.field("choice") === null ? null : choiceFrom(reader.inside("choice")),
  };
}

function choiceFrom(choice: Fields): Choice {
  return {
    model: kindIn(choice),
    members: choice.number("members"),
    steps: choice.number("steps"),
    tails: choice.field("tails") === true,
    reason: choice.text("reason"),
    candidates: choice.list("candidates", (candidate) => ({
      model: kindIn(candidate),
      members: candidate.number("members"),
      validation: candidate.field("validation") === null ? null : candidate.number("validation"),
      steps: candidate.number("steps"),
      seconds: null,
    })),
  };
}

function kindIn(fields: Fields): ModelKind {
  const kind = fields.text("model");
  const known = MODEL_NAMES.find((name) => name === kind);
  if (known !== undefined && known !== "auto") return known;
  throw fields.refusal("model", "a known kind", kind);
}

function scoresOf(reader: Fields, scores: Json): Float64Array {
  if (!Array.isArray(scores)) throw reader.refusal("calibration", "a list", scores);
  const values = Float64Array.from(scores, (score) => {
    if (score === null) return Number.NEGATIVE_INFINITY;
    return typeof score === "number" ? score : Number.NaN;
  });
  const i = values.findIndex((value, k) => value !== value || value < values[k - 1]);
  if (values.length === 0) throw reader.refusal("calibration", "a list of some numbers", scores);
  if (i >= 0) throw reader.refusal("calibration", "numbers in ascending order", scores[i] as Json);
  return values;
}

function typeOf(type: Fields): ColumnType {
  const kind = type.text("kind");
  if (kind === "real" || kind === "integer" || kind === "positive") return { kind };
  if (kind === "rounded") return { kind, step: type.positive("step"), origin: type.number("origin") };
  if (kind !== "interval") throw type.refusal("kind", "a known type", kind);
  const [low, high] = [type.number("low"), type.number("high")];
  if (!(low < high)) throw type.refusal("high", `above ${low}`, high);
  return { kind, low, high };
}

/** The fields of an object that came from anywhere. */
class Fields {
  readonly #operation: string;
  readonly #object: { readonly [field: string]: Json };
  readonly #path: string;

  constructor(operation: string, value: unknown, path: string) {
    this.#operation = operation;
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new FormatError(`${operation}: ${path} must be an object; got ${describeValue(value)}`, 0);
    }
    this.#object = value as { readonly [field: string]: Json };
  }

  refusal(field: string, rule: string, came: unknown): FormatError {
    return new FormatError(`${this.#operation}: ${this.#path}.${field} must be ${rule}; got ${describeValue(came)}`, 0);
  }

  field(name: string): Json {
    if (!Object.hasOwn(this.#object, name)) throw this.refusal(name, "there", undefined);
    return this.#object[name];
  }

  text(name: string): string {
    const value = this.field(name);
    if (typeof value === "string") return value;
    throw this.refusal(name, "a text", value);
  }

  texts(name: string): string[] {
    const value = this.field(name);
    if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value as string[];
    throw this.refusal(name, "a list of texts", value);
  }

  number(name: string): number {
    const value = this.field(name);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.refusal(name, "a number", value);
  }

  positive(name: string): number {
    const value = this.number(name);
    if (value > 0) return value;
    throw this.refusal(name, "above 0", value);
  }

  inside(name: string): Fields {
    return new Fields(this.#operation, this.field(name), `${this.#path}.${name}`);
  }

  list<Entry>(name: string, read: (entry: Fields) => Entry): Entry[] {
    const value = this.field(name);
    if (!Array.isArray(value)) throw this.refusal(name, "a list", value);
    return value.map((entry, i) => read(new Fields(this.#operation, entry, `${this.#path}.${name}[${i}]`)));
  }
}
