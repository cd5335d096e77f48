import { compose } from "../flows/compose.ts";
import { Flow } from "../flows/flow.ts";
import { sampleGiven } from "../flows/sampleGiven.ts";
import { type LoadedModel, loadModel, type ModelExtra, saveFlow } from "../io/files/flowFile.ts";
import type { Table } from "../io/tables/table.ts";
import { modelPicture } from "../plot/modelPicture.ts";
import { checkRandom } from "../tensor/checks.ts";
import type { Json } from "../tensor/definitions/definition.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { select } from "../training/rows.ts";
import { pValues } from "./calibration.ts";
import type { Choice } from "./choice.ts";
import { type ColumnType, inWords, isOf } from "./columnType.ts";
import { type ConstantColumn, Coordinates } from "./coordinates.ts";
import { type Evaluation, evaluationOf } from "./densityEvaluation.ts";
import { DENSITY, type DensityFacts, extraOf, factsFromJson } from "./densityFile.ts";
import { asTable, type DensityRows, numbersIn, rowsWith, sideBySide } from "./densityRows.ts";
import { type ColumnExplanation, explained } from "./explanation.ts";
import { placesOfLabels } from "./labels.ts";
import { checkedFacts, plainFacts } from "./loadedFacts.ts";
import { pointScores } from "./pointScores.ts";
import { unitsLayer } from "./unitsLayer.ts";

// N rows, D modelled columns, C numbers of context

/** What {@link DensityModel.sample} is told. */
export interface DensitySampleOptions {
  /** Draws the rows. */
  readonly random: Random;
  /** Values of columns by name: numbers, or labels of conditions that have some. All conditions must be among them. */
  readonly given?: { readonly [column: string]: number | string };
  /** Multiplies the scale of the base: below 1 for more likely rows. 1 by default. */
  readonly temperature?: number;
  /** With columns given that the model was not conditioned on, how many rows are proposed; 100,000 by default. */
  readonly proposals?: number;
}

/** Rows drawn from a model. */
export interface DensitySample {
  /** [n, D], in the units of the table. */
  readonly x: Tensor;
  /** The names of the D columns. */
  readonly columns: readonly string[];
  /** Where columns were given that the model was not conditioned on: how many independent rows tell as much. Null otherwise. */
  readonly effectiveSampleSize: number | null;
}

/** What {@link DensityModel.plot} is told. */
export interface DensityPlotOptions {
  /** Draws samples beside the rows. */
  readonly random: Random;
  /** What the picture is of: one line. */
  readonly title?: string;
  /** A line or two of facts, below the title. */
  readonly caption?: string;
  /** Rows to compare the model with. */
  readonly rows?: DensityRows;
  /** Values of the conditions, if there are any. */
  readonly given?: { readonly [column: string]: number | string };
}

/** A value that differs from the one that all training rows have in a column. */
export interface Difference {
  /** The number of the row, from 0. */
  readonly row: number;
  /** The name of the column. */
  readonly column: string;
  /** What the row has. */
  readonly value: number;
  /** What all training rows have. */
  readonly expected: number;
}

/**
 * A density of the rows of a table, as {@link estimateDensity} makes it: how likely rows are, which are odd and why, more rows like these, and what goes with what is given.
 *
 * log p(x) = log p_Y(y(x)) + log|det dy/dx| where y is x without bounds (its logarithm, its logit), standardised by the training rows, and p_Y the density of `flow`. Integers and
 * rounded numbers stand for their cells: their score is the log of the mean density over 16 fixed points of the cell, a Latin hypercube. Scores are nats per row, in the units of the table.
 *
 * @example
 * const flow = new Flow(standardNormal([2]), diagonalLinear({ weight: tensor([1, 0.5]) }));
 * const model = DensityModel.load(saveFlow(flow, { columns: ["length", "mass"] }));
 * model.score([{ length: 0, mass: 2 }]); // [-3.03102] = −½ − ln 2π − ln 2, nats
 * model.sample(5, { random: new Random(1) }).x.shape; // [5, 2]
 * model.explain({ length: 0, mass: 6 })[0].column; // "mass", the oddest
 */
export class DensityModel {
  /** The density of standardised rows: a flow, or an ensemble of some. */
  readonly flow: Flow;
  /** Everything beside it. */
  readonly facts: DensityFacts;
  /** What else is in the file: seed, hash of the data, history. */
  readonly extra: ModelExtra;
  readonly #coordinates: Coordinates;

  /** Of a flow of standardised rows, and what is known of its table. */
  constructor(flow: Flow, facts: DensityFacts, extra: ModelExtra = {}) {
    this.flow = flow;
    this.facts = facts;
    this.extra = extra;
    this.#coordinates = new Coordinates(facts.columns, facts.conditions);
  }

  /** The names of the columns that are modelled. */
  get columns(): string[] {
    return this.facts.columns.map(({ name }) => name);
  }

  /** The names of those that are given. */
  get conditions(): string[] {
    return this.facts.conditions.map(({ name }) => name);
  }

  /** What the values of each modelled column are. */
  get types(): ReadonlyMap<string, ColumnType> {
    return new Map(this.facts.columns.map(({ name, type }) => [name, type]));
  }

  /** Columns that are not modelled: all training rows have this value there. */
  get constants(): readonly ConstantColumn[] {
    return this.facts.constants;
  }

  /** What was found out about the table, in sentences. */
  get notes(): readonly string[] {
    return this.facts.notes;
  }

  /** Which models were tried, how they did on the validation rows, and why this one was taken; null for a flow that came as it is. */
  get choice(): Choice | null {
    return this.facts.choice;
  }

  /** The flow of rows in the units of the table; integers and rounded columns are numbers like others. For densities and samples, without gradients. */
  get inUnits(): Flow {
    return new Flow(this.flow.base, compose(unitsLayer(this.#coordinates), this.flow.bijection));
  }

  /**
   * log p(x) of each row, [N], nats. −∞ for a row outside of the type of a column; a number between integers is scored by its cell. Throws DomainError, CsvError and ShapeError for rows without the columns of the model, with
   * cells that are no numbers, and labels that are not known. Cost: one density for each row; 16 with integers.
   */
  score(rows: DensityRows): Tensor {
    const { x, context } = this.rowsIn("score", rows);
    return new Tensor(this.scoresOf(x, context), [x.shape[0]]);
  }

  /** (1 + #{calibration rows scored ≤ this})/(n + 1), [N]: how odd a row is among rows that the model was not fitted to. Throws DomainError where fewer than 99 rows were held out. */
  pValue(rows: DensityRows): Tensor {
    const { calibration } = this.facts;
    if (calibration === null) {
      throw new DomainError("pValue: takes 99 rows that were held out, for calibration; this model has fewer");
    }
    const scores = this.score(rows);
    return new Tensor(pValues(scores.data, calibration), scores.shape);
  }

  /** The p-values of scores. For the command. @internal */
  pValuesOf(scores: Float64Array): Float64Array {
    return pValues(scores, this.facts.calibration ?? new Float64Array(0));
  }

  /**
   * Why a row is likely or not: for each column log p(x_j | x_−j) = log p(x) − log ∫ p(x with x_j replaced) dx_j, nats, lowest first, with what would be expected there. It depends
   * on the unit of the column; `inDeviations` does not, and is lowest for the oddest column.
   * Takes one row. Throws as {@link score}, and DomainError for more rows, or a row outside of the type of a column. Cost: some hundreds of densities for each column.
   */
  explain(row: DensityRows | object): ColumnExplanation[] {
    const { x, context } = this.rowsIn("explain", asOneRow(row));
    if (x.shape[0] !== 1) throw new DomainError(`explain: takes one row; got ${x.shape[0]}`);
    const outside = this.#coordinates.toPoints(x).logDet[0] === Number.NEGATIVE_INFINITY;
    if (outside) throw new DomainError("explain: the row must lie where the density is not 0; see types");
    return explained(this.flow, this.#coordinates, x, context);
  }

  /** The same for the i-th of rows x [N, D] that were read before. For the command. @internal */
  explainRow(x: Tensor, context: Tensor | undefined, i: number): ColumnExplanation[] {
    const own = select({ x, context }, [i]);
    return explained(this.flow, this.#coordinates, own.x, own.context);
  }

  /** The contexts [N, C] of what is given [N, conditions], of labels their places. For the command. @internal */
  contextOf(given: Tensor): Tensor | undefined {
    return this.#coordinates.toContext(given);
  }

  /** Where rows differ from what all training rows have in columns that are therefore not modelled: the score knows nothing of it. Columns that the rows do not have, and cells that are no numbers, are not looked at. */
  differences(rows: DensityRows): Difference[] {
    const table = asTable("differences", rows, this.#namesFor(rows), null);
    return this.facts.constants
      .filter(({ name }) => table.names.includes(name))
      .flatMap(({ name, value: expected }) =>
        Array.from(numbersIn(table, name), (value, row) => ({ row, column: name, value, expected })).filter(
          ({ value }) => value !== expected && !Number.isNaN(value),
        ),
      )
      .sort((a, b) => a.row - b.row);
  }

  /**
   * n rows, with columns given or not. Integers and rounded columns come on their grid, all columns obey their types. With columns given that the model was not conditioned on, rows
   * of the joint density are resampled by importance ({@link sampleGiven}): look at the effective sample size. Throws DomainError for columns that are not known, conditions
   * that are left open, and a temperature with such columns.
   */
  sample(n: number, options: DensitySampleOptions): DensitySample {
    checkOptions("sample", options, { random: true, given: true, temperature: true, proposals: true });
    checkCount("sample", "n", n, 0);
    const { random, given = {}, temperature, proposals } = options;
    checkRandom("sample", random);
    const { context, others } = this.#givenValues("sample", given);
    const { columns } = this;
    if (others.size === 0) {
      const y = this.flow.sample(n, random, context, temperature === undefined ? {} : { temperature });
      return { x: this.#coordinates.toRows(y), columns, effectiveSampleSize: null };
    }
    if (temperature !== undefined && temperature !== 1) {
      throw new DomainError("sample: a temperature goes with conditions, not with other columns given");
    }
    for (const [j, value] of others) {
      const { name, type } = this.facts.columns[j];
      if (isOf(type, value)) continue;
      throw new DomainError(`sample: ${name} must be ${inWords(type)}; got ${value}`);
    }
    const { x, effectiveSampleSize } = sampleGiven(this.inUnits, n, random, {
      ...{ given: others },
      ...(context && { context }),
      ...(proposals !== undefined && { proposals }),
    });
    if (effectiveSampleSize === 0) {
      throw new DomainError("sample: what is given must lie where the density is not 0; no proposal came near it");
    }
    const { y } = this.#coordinates.toPoints(x);
    const rows = this.#coordinates.toRows(y);
    const D = columns.length;
    for (const [j, value] of others) for (let i = 0; i < n; i++) rows.data[i * D + j] = value;
    return { x: rows, columns, effectiveSampleSize };
  }

  /** How likely rows are on average, with what is left of the mean where a few rows would decide it alone. Throws as {@link score}, and DomainError for no rows. */
  evaluate(rows: DensityRows): Evaluation {
    const { x, context } = this.rowsIn("evaluate", rows);
    if (x.shape[0] === 0) throw new DomainError("evaluate: needs a row; got none");
    return evaluationOf(this.scoresOf(x, context), x);
  }

  /** A picture of the model, and of rows beside it, as {@link modelPicture} draws it: one self-contained SVG. Throws as {@link score} and that, and DomainError where more than conditions is given. */
  plot(options: DensityPlotOptions): Promise<string> {
    checkOptions("plot", options, { random: true, title: true, caption: true, rows: true, given: true });
    const { random, title = "what the model has learned", caption, rows, given = {} } = options;
    const { context, others } = this.#givenValues("plot", given);
    if (others.size > 0) throw new DomainError(`plot: only conditions can be given; got ${[...Object.keys(given)]}`);
    const data = rows === undefined ? undefined : rowsWith(this.rowsIn("plot", rows), context);
    if (data === null) throw new DomainError("plot: some row must come with what is given; there is none");
    const contextLabel = Object.entries(given)
      .map(([name, value]) => `${name} = ${value}`)
      .join(", ");
    return modelPicture(this.inUnits, {
      ...{ title, names: this.columns, random },
      ...(caption !== undefined && { caption }),
      ...(data && { data }),
      ...(context && { context, contextLabel }),
    });
  }

  /** The model as a file: that of its flow (`loadFlow` gives it, in standardised coordinates), with what is known of the table as `extra.density`. */
  save(extra: ModelExtra = {}): Uint8Array {
    return saveFlow(this.flow, { ...this.extra, ...extra, ...extraOf(this.facts) });
  }

  /**
   * The model in a file that {@link save} made. Any file of a flow of rows will do: its columns are then real, in the units of the flow. Throws FormatError, LimitError as
   * `loadFlow`, DomainError for a flow of images.
   */
  static load(bytes: Uint8Array | ArrayBuffer): DensityModel {
    const { flow, extra }: LoadedModel = loadModel(bytes);
    const { dataShape } = flow.bijection;
    if (dataShape.length !== 1) {
      throw new DomainError(
        `DensityModel.load: the flow must be one of rows; its points are [${dataShape}] (loadFlow opens it)`,
      );
    }
    const known = extra[DENSITY];
    const facts = known === undefined ? plainFacts(flow, extra) : factsFromJson("DensityModel.load", known as Json);
    const { [DENSITY]: _, ...others } = extra;
    return new DensityModel(flow, checkedFacts(facts, flow), others);
  }

  /** The rows as the model needs them: x [N, D] in the units of the table, and contexts. For other files. For the command. @internal */
  rowsIn(operation: string, rows: DensityRows): { readonly x: Tensor; readonly context: Tensor | undefined } {
    const needed = [...this.columns, ...this.conditions];
    const table = asTable(operation, rows, this.#namesFor(rows), needed);
    const absent = needed.filter((name) => !table.names.includes(name));
    if (absent.length > 0) {
      throw new DomainError(
        `${operation}: rows must have the columns of the model; there is no ${absent.join(", ")}, but ${table.names.slice(0, 20).join(", ")}`,
      );
    }
    return { x: table.matrix(this.columns), context: this.#coordinates.toContext(this.#givenIn(operation, table)) };
  }

  /** log p of rows x [N, D] in the units of the table. For the command. @internal */
  scoresOf(x: Tensor, context: Tensor | undefined): Float64Array {
    const { y, logDet } = this.#coordinates.toPoints(x);
    return pointScores(this.flow, this.#coordinates, y, context).map((value, i) =>
      logDet[i] === Number.NEGATIVE_INFINITY ? logDet[i] : value + logDet[i],
    );
  }

  /** What the columns of a Tensor, or of lists, are called: those of the rows that the model was fitted to, or its own, as samples have them. */
  #namesFor(rows: DensityRows): readonly string[] {
    const { inputs } = this.facts;
    const own = [...this.columns, ...this.conditions];
    const first: unknown = Array.isArray(rows) ? rows[0] : null;
    const width = rows instanceof Tensor ? rows.shape[1] : Array.isArray(first) ? first.length : null;
    return width === own.length && width !== inputs.length ? own : inputs;
  }

  /** What the rows of a table have in the columns that are given, [N, conditions]; of labels their places. */
  #givenIn(operation: string, table: Table): Tensor {
    const columns = this.facts.conditions.map(({ name, labels }) =>
      labels === null ? table.column(name).data : placesOfLabels(operation, { name, labels }, table.cells(name)),
    );
    return sideBySide(columns, table.rows);
  }

  /** The values of the conditions, [1, conditions]; of labels their places. For the command. @internal */
  givenIn(operation: string, given: { readonly [column: string]: number | string }): Tensor {
    const values = this.facts.conditions.map(({ name, labels }) =>
      labels === null
        ? Float64Array.of(finite(operation, name, given[name]))
        : placesOfLabels(operation, { name, labels }, [given[name]]),
    );
    return sideBySide(values, 1);
  }

  /** What is given, sorted into contexts [1, C] and coordinates. */
  #givenValues(
    operation: string,
    given: { readonly [column: string]: number | string },
  ): { context: Tensor | undefined; others: ReadonlyMap<number, number> } {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      throw new DomainError(`${operation}: given must be an object of values by column; got ${describeValue(given)}`);
    }
    const { columns, conditions } = this;
    const unknown = Object.keys(given).find((name) => !columns.includes(name) && !conditions.includes(name));
    if (unknown !== undefined) {
      const known = [...columns, ...conditions].join(", ");
      throw new DomainError(`${operation}: the model has no column ${unknown}; it has ${known}`);
    }
    const open = conditions.filter((name) => !Object.hasOwn(given, name));
    if (open.length > 0) {
      throw new DomainError(
        `${operation}: the model says what is likely given ${conditions.join(", ")}; state ${open.join(", ")}`,
      );
    }
    const others = new Map<number, number>();
    columns.forEach((name, j) => {
      if (Object.hasOwn(given, name)) others.set(j, finite(operation, name, given[name]));
    });
    if (others.size === columns.length) throw new DomainError(`${operation}: nothing is left to draw`);
    return { context: this.contextOf(this.givenIn(operation, given)), others };
  }
}

function finite(operation: string, name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new DomainError(`${operation}: ${name} must be a number; got ${describeValue(value)}`);
}

/** One row in a list, if it comes by itself. */
function asOneRow(row: unknown): DensityRows {
  if (row instanceof Tensor && row.rank === 1) return new Tensor(row.data, [1, row.size]);
  const isList = Array.isArray(row) && row.every((value) => typeof value === "number");
  const isObject = typeof row === "object" && row !== null && Object.getPrototypeOf(row) === Object.prototype;
  return (isList || isObject ? [row] : row) as DensityRows;
}
