import { contextOf, contextRows } from "../autograd/context.ts";
import { take } from "../autograd/ops/indexing.ts";
import { checkParameters, type Part, type Parts, parametersOf } from "../autograd/parts.ts";
import { summarized } from "../autograd/summary.ts";
import { detach, Variable } from "../autograd/variable.ts";
import { checkBatch, checkFunction, checkTensor } from "../tensor/checks.ts";
import { Place } from "../tensor/definitions/reading.ts";
import { writeDefinition } from "../tensor/definitions/writing.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkOptions, defined } from "../tensor/options.ts";
import { checkCount, checkShape, formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Bijection, Cost } from "./bijection.ts";
import { isFirstPass, Statistics, takeStatistics } from "./statistics.ts";

// B batch, C width of the context

// No mathematics here: what all layers share, checks and defaults, stands once.

/** What {@link layer} makes a layer of: the shape of a point, the two methods, and what else a Bijection has, if there is any. */
export interface LayerOptions
  extends Partial<Pick<Bijection, "latentShape" | "parameters" | "parts" | "buffers" | "definition" | "initialize">> {
  /** The shape of one data point x, [D] or [C, H, W], and of one latent point, unless there is a `latentShape`. */
  readonly shape: Shape;
  /** The width of the context that the methods use themselves; that of parts is passed on by itself. */
  readonly context?: number;
  /** By default a way is "sequential" if it is for one of the parts, else "parallel". */
  readonly cost?: Partial<Cost>;
  /** z = f(x) and log|det ∂z/∂x|, one for each point, [B]. */
  readonly forward: (x: Tensor, context?: Tensor) => { readonly z: Tensor; readonly logDet: Tensor };
  /** x = f⁻¹(z) and log|det ∂x/∂z|, one for each point, [B]. */
  readonly inverse: (z: Tensor, context?: Tensor) => { readonly x: Tensor; readonly logDet: Tensor };
}

/**
 * A layer from its two methods, z = f(x) and x = f⁻¹(z), each with its log-det: everything else that a {@link Bijection} has is supplied.
 *
 * What comes is checked, and what comes back: points of other shapes, a context of another width, and a log-det that is not [B] are
 * refused in the name of the layer, the `type` of its definition (ShapeError). Parameters and buffers of `parts` are the layer's, too.
 *
 * Context: with a `context` C of its own the methods are given one row of it for each point, [B, C], standardised as the first data say
 * (buffers `context.mean` and `context.deviation`): its unit does not matter. Without, the layer takes the context of its parts, and passes
 * it on as it comes; where there is none to take, what comes is not looked at.
 * Data: `initialize` sends the data through `forward`, once, and whatever takes statistics on the way takes them; a layer with an
 * `initialize` of its own is given them before. If that throws, nothing has changed.
 * Cost: the checks, O(1).
 *
 * @example
 * const double = layer({
 *   shape: [2],
 *   definition: { type: "double" },
 *   forward: (x) => ({ z: mul(x, 2), logDet: full([x.shape[0]], 2 * Math.LN2) }),
 *   inverse: (z) => ({ x: mul(z, 0.5), logDet: full([z.shape[0]], -2 * Math.LN2) }),
 * });
 * double.forward(tensor([[1, 2]])); // { z: [[2, 4]], logDet: [1.38629] }
 */
export function layer(options: LayerOptions): Bijection {
  checkOptions("layer", options, {
    shape: true,
    latentShape: true,
    parameters: true,
    parts: true,
    buffers: true,
    context: true,
    definition: true,
    cost: true,
    initialize: true,
    forward: true,
    inverse: true,
  });
  return layerWith({}, options);
}

/** A layer with statistics of its points; their buffers are saved under those prefixes. */
export function layerWith(statistics: Readonly<Record<string, Statistics>>, options: LayerOptions): Bijection {
  const { shape, parts = {}, buffers = new Map(), parameters = [], initialize } = options;
  const { definition = { type: "layer" }, cost = {} } = options;
  const name = definition?.type;
  checkMethods(name, options);
  checkParameters(name, "the layer", { parameters });
  if (typeof parts !== "object" || parts === null) throw wrong(name, "parts must be an object or a list", parts);
  for (const [part, each] of Object.entries(parts)) checkParameters(name, `part ${part}`, each);
  if (!(buffers instanceof Map)) throw wrong(name, "buffers must be a Map", buffers);
  for (const [each, value] of buffers) checkTensor(name, `buffer ${String(each)}`, value);
  if (typeof cost !== "object") throw wrong(name, "cost must be an object { forward, inverse }", cost);
  if (options.context !== undefined) checkCount(name, "context", options.context, 0);
  const [dataShape, latentShape] = [shape, options.latentShape ?? shape].map((each) => [...checkShape(name, each)]);
  const context = options.context ?? contextOf(name, bijectionsIn(parts));
  const contexts = options.context ? new Statistics(name, [context], "centred") : null; // if the layer's own methods use it
  const all = { ...statistics, ...(contexts && { "context.": contexts }) };
  const rowsOf = (x: Tensor, given: Tensor | undefined): Tensor | undefined => {
    if (options.context === undefined && context === 0) return undefined;
    const rows = contextRows(name, x.shape[0], given, context);
    return rows === undefined || contexts === null ? rows : contexts.forward(rows);
  };
  const made: Bijection = summarized(name, {
    dataShape,
    latentShape,
    parts,
    parameters: [...new Set([...parameters, ...parametersOf(parts)])],
    /** Read anew each time: data change them. */
    get buffers() {
      const taken = Object.entries(all).flatMap(([prefix, { buffers }]) =>
        [...buffers].map(([each, value]): [string, Tensor] => [prefix + each, value]),
      );
      return unique(name, [...buffers, ...taken, ...buffersOf(parts)]);
    },
    context,
    definition: writeDefinition({ ...definition }),
    cost: { ...costOfAll(bijectionsIn(parts)), ...defined({ ...cost }) },
    forward(x, given) {
      const B = checkBatch(name, x, dataShape);
      const rows = rowsOf(x, given);
      if (isFirstPass()) initialize?.(x, rows);
      const { z, logDet } = options.forward(x, rows) ?? {};
      return { z: result(name, "z", z, [B, ...latentShape]), logDet: result(name, "logDet", logDet, [B]) };
    },
    inverse(z, given) {
      const B = checkBatch(name, z, latentShape);
      const { x, logDet } = options.inverse(z, rowsOf(z, given)) ?? {};
      return { x: result(name, "x", x, [B, ...dataShape]), logDet: result(name, "logDet", logDet, [B]) };
    },
    initialize(x, given) {
      checkBatch(name, x, dataShape);
      if (given !== undefined) checkTensor(name, "context", given);
      sendFirst(made, x, given);
    },
  });
  layers.set(made, all);
  methods.set(made, [made.forward, made.inverse]);
  return made;
}

/** What {@link layer} has made, with the statistics of each. */
const layers: WeakMap<Bijection, Readonly<Record<string, Statistics>>> = /*#__PURE__*/ new WeakMap();

/** Sets what a layer knew of its data to what was saved. Throws DomainError for what is missing or makes no sense. */
export function restoreStatistics(made: Bijection, at: Place): void {
  for (const [prefix, statistics] of Object.entries(layers.get(made) ?? {})) statistics.restore(at, prefix);
}

/**
 * {@link restoreStatistics}, of a layer and of all of its parts, to buffers that were saved by name. Other buffers are constants: what they are
 * now is for the caller to compare.
 */
export function restoreBuffers(operation: string, whole: Bijection, buffers: ReadonlyMap<string, Tensor>): void {
  const restore = (part: Part, at: Place): void => {
    restoreStatistics(part as Bijection, at);
    for (const [name, inner] of Object.entries(part.parts ?? {})) restore(inner, name === "" ? at : at.part(name));
  };
  restore(whole, Place.top(operation, {}, { buffers }));
}

/** The bijection itself if {@link layer} made it, else a layer that calls it, with the same checks and first pass of data. */
export function asLayer(bijection: Bijection): Bijection {
  if (layers.has(bijection)) return bijection;
  const { dataShape: shape, latentShape, cost, definition } = bijection;
  return layer({
    ...{ shape, latentShape, cost, definition, parts: { "": bijection } },
    ...(bijection.initialize && { initialize: (x, context) => bijection.initialize?.(x, context) }),
    forward: (x, context) => bijection.forward(x, context),
    inverse: (z, context) => bijection.inverse(z, context),
  });
}

/** What comes first sees all rows of the data; what comes later what becomes of so many of them, at even distances. */
const FIRST_ROWS = 4096;

/** Sends data through a layer whose statistics are taken from them. Leaves everything as it was if that throws. */
function sendFirst(made: Bijection, x: Tensor, context: Tensor | undefined): void {
  const N = x.shape[0];
  const sampleOf = (rows: Tensor): Tensor => {
    if (N <= FIRST_ROWS || rows.shape[0] !== N) return rows;
    const chosen = Array.from({ length: FIRST_ROWS }, (_, i) => Math.floor((i * N) / FIRST_ROWS));
    return take(rows, chosen, 0);
  };
  const before = made.parameters.map(({ data, shape }) => new Tensor(data, shape));
  try {
    const points = sampleOf(detach(x));
    const rows = context && sampleOf(detach(context));
    const whole = new Map([[points, x], ...(rows ? [[rows, context] as const] : [])]);
    takeStatistics(() => made.forward(points, rows), whole);
  } catch (error) {
    made.parameters.forEach((parameter, k) => {
      if (parameter.data !== before[k].data) parameter.assign(before[k]);
    });
    throw error;
  }
}

function checkMethods(name: string, { forward, inverse, initialize }: LayerOptions): void {
  if (typeof name !== "string") throw wrong("layer", "the type of a definition is a text", name);
  for (const [method, f] of Object.entries({ forward, inverse, ...defined({ initialize }) })) {
    checkFunction(name, method, f);
  }
}

function wrong(name: string, rule: string, came: unknown): DomainError {
  return new DomainError(`${name}: ${rule}; got ${describeValue(came)}`);
}

/** What a method gave, as a Variable of that shape. Throws ShapeError, in the name of the layer, if it is not. */
function result(name: string, what: string, came: Tensor, shape: Shape): Variable {
  if (came instanceof Tensor && sameShape(came.shape, shape)) {
    return came instanceof Variable ? came : new Variable(came.data, came.shape);
  }
  throw new ShapeError(`${name}: ${what} must be ${formatShape(shape)}; got ${describeValue(came)}`);
}

/** The layers among parts. */
function bijectionsIn(parts: Parts): Bijection[] {
  return Object.values(parts).filter((part: Part): part is Bijection => "cost" in part);
}

/** What several layers cost, one after another: a way that one of them goes in sequence is sequential. */
function costOfAll(layers: readonly Bijection[]): Cost {
  const both = (way: keyof Cost): Cost["forward"] =>
    layers.some((layer) => layer.cost[way] === "sequential") ? "sequential" : "parallel";
  return { forward: both("forward"), inverse: both("inverse") };
}

/** The buffers of several layers as they are now, each named by the way to it, as parameters are. */
function buffersOf(parts: Parts): [string, Tensor][] {
  return Object.entries(parts).flatMap(([part, { buffers }]: [string, Partial<Bijection>]) =>
    [...(buffers ?? [])].map(([name, value]): [string, Tensor] => [part === "" ? name : `${part}.${name}`, value]),
  );
}

function unique(name: string, named: readonly [string, Tensor][]): ReadonlyMap<string, Tensor> {
  const map = new Map(named);
  if (map.size === named.length) return map;
  throw new DomainError(`${name}: two of its buffers have one name among ${named.map(([each]) => each).join(", ")}`);
}

/** Elements of layers, which are no parts of them: they have nothing to train. */
const held: WeakMap<Part, object> = /*#__PURE__*/ new WeakMap();

/** Says which element a layer moves its coordinates by. Returns the layer. */
export function holding(made: Bijection, element: object): Bijection {
  held.set(made, element);
  return made;
}

/** The element of a layer that has one. */
export function elementOf(part: Part): object | undefined {
  return held.get(part);
}

/** The two ways of each, as they were made. */
const methods: WeakMap<Bijection, readonly [Bijection["forward"], Bijection["inverse"]]> = /*#__PURE__*/ new WeakMap();

/** Whether {@link layer} made it, and nobody has changed its two ways since. */
export function isLayer(part: Bijection): boolean {
  const [forward, inverse] = methods.get(part) ?? [];
  return forward === part.forward && inverse === part.inverse && forward !== undefined;
}
