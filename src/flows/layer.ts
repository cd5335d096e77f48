import { type Part, type Parts, parametersOf } from "../autograd/parts.ts";
import { summarized } from "../autograd/summary.ts";
import { Variable } from "../autograd/variable.ts";
import { contextRows } from "../nets/conditioner.ts";
import { writeDefinition } from "../tensor/definitions/writing.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { defined } from "../tensor/options.ts";
import { checkBatch, checkCount, checkShape, formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Bijection, Cost } from "./bijection.ts";

// B batch, C width of the context

// No mathematics here: what all layers share, checks and defaults, stands once.

/** What {@link layer} makes a layer of: the shape of a point, the two methods, and what else a Bijection has, if there is any. */
export interface LayerOptions
  extends Partial<
    Pick<Bijection, "latentShape" | "parameters" | "parts" | "buffers" | "context" | "definition" | "initialize">
  > {
  /** The shape of one data point x, [D] or [C, H, W], and of one latent point, unless there is a `latentShape`. */
  readonly shape: Shape;
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
 * refused in the name of the layer, the `type` of its definition (ShapeError). With a `context` C the methods are given one row of it for
 * each point, [B, C]; without, what comes. Parameters and buffers of `parts` are the layer's, too; what they learn from data is for
 * `initialize` to pass on. Cost: the checks, O(1).
 *
 * @example
 * const double = layer({
 *   shape: [2],
 *   definition: { type: "double" },
 *   forward: (x) => ({ z: mul(x, 2), logDet: full([x.shape[0]], 2 * Math.LN2) }),
 *   inverse: (z) => ({ x: mul(z, 0.5), logDet: full([z.shape[0]], -2 * Math.LN2) }),
 * });
 */
export function layer(options: LayerOptions): Bijection {
  const { shape, parts = {}, buffers = new Map(), definition = { type: "layer" }, initialize } = options;
  const name = definition.type;
  checkMethods(name, options);
  if (options.context !== undefined) checkCount(name, "context", options.context, 0);
  const [dataShape, latentShape] = [shape, options.latentShape ?? shape].map((each) => [...checkShape(name, each)]);
  const rowsOf = (x: Tensor, context: Tensor | undefined): Tensor | undefined =>
    options.context === undefined ? context : contextRows(name, x, context, options.context);
  return summarized(name, {
    dataShape,
    latentShape,
    parts,
    parameters: [...new Set([...(options.parameters ?? []), ...parametersOf(parts)])],
    /** Read anew each time: initializing a part changes its buffers. */
    get buffers() {
      return unique(name, [...buffers, ...buffersOf(parts)]);
    },
    context: options.context ?? Math.max(0, ...bijectionsIn(parts).map((part) => part.context ?? 0)),
    definition: writeDefinition({ ...definition }),
    cost: { ...costOfAll(bijectionsIn(parts)), ...defined({ ...options.cost }) },
    forward(x, context) {
      const B = checkBatch(name, x.shape, dataShape);
      const { z, logDet } = options.forward(x, rowsOf(x, context)) ?? {};
      return { z: result(name, "z", z, [B, ...latentShape]), logDet: result(name, "logDet", logDet, [B]) };
    },
    inverse(z, context) {
      const B = checkBatch(name, z.shape, latentShape);
      const { x, logDet } = options.inverse(z, rowsOf(z, context)) ?? {};
      return { x: result(name, "x", x, [B, ...dataShape]), logDet: result(name, "logDet", logDet, [B]) };
    },
    ...(initialize && {
      initialize(x: Tensor, context?: Tensor): void {
        checkBatch(name, x.shape, dataShape);
        initialize(x, rowsOf(x, context));
      },
    }),
  });
}

function checkMethods(name: string, { forward, inverse }: LayerOptions): void {
  if (typeof name !== "string")
    throw new DomainError(`layer: the type of a definition is a text; got ${describeValue(name)}`);
  for (const [method, f] of Object.entries({ forward, inverse })) {
    if (typeof f !== "function")
      throw new DomainError(`${name}: ${method} must be a function; got ${describeValue(f)}`);
  }
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
