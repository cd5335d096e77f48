import { type Part, type Parts, parametersOf } from "../autograd/parts.ts";
import type { Parameter } from "../autograd/variable.ts";
import { contextRows } from "../nets/conditioner.ts";
import { writeDefinition } from "../tensor/definitions/writing.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { checkBatch, checkShape, formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Bijection, BijectionDefinition, Cost, ForwardResult, InverseResult } from "./bijection.ts";

// B batch, C width of the context

// No mathematics here: what all layers share, checks and defaults, stands once.

/** What {@link layer} makes a layer of: at least the shape of a point, and the two methods. */
export interface LayerOptions {
  /** The shape of one data point x: [D] or [C, H, W]. */
  readonly shape: Shape;
  /** The shape of one latent point z; that of x by default. */
  readonly latentShape?: Shape;
  /** What training changes; none by default. */
  readonly parameters?: readonly Parameter[];
  /** What is saved but not trained, such as statistics of the data; none by default. */
  readonly buffers?: ReadonlyMap<string, Tensor>;
  /** The nets or layers that it is made of, by name: their parameters and buffers are the layer's, too. */
  readonly parts?: Parts;
  /** C: the methods are given one row of context for each point, [B, C]. If it is not said, they are given what comes. */
  readonly context?: number;
  /** What the layer can be rebuilt from: its `type`, which is also what errors call it, and its options, as plain JSON. */
  readonly definition?: BijectionDefinition;
  /** By default a way is "sequential" if it is for one of the parts, else "parallel". */
  readonly cost?: Partial<Cost>;
  /** z = f(x) and log|det ∂z/∂x|, one for each point, [B]. */
  readonly forward: (x: Tensor, context?: Tensor) => ForwardResult;
  /** x = f⁻¹(z) and log|det ∂x/∂z|, one for each point, [B]. */
  readonly inverse: (z: Tensor, context?: Tensor) => InverseResult;
  /** Sets parameters and buffers from data, once; later calls change nothing. */
  readonly initialize?: (x: Tensor, context?: Tensor) => void;
}

/**
 * A layer from its two methods, z = f(x) and x = f⁻¹(z), each with its log-det: everything else that a {@link Bijection} has is supplied.
 *
 * What comes is checked, and what comes back: points of other shapes, a context of another width, and a log-det that is not [B] are
 * refused in the name of the layer (ShapeError). Cost: the checks, O(1).
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
  const [dataShape, latentShape] = [shape, options.latentShape ?? shape].map((each) => [...checkShape(name, each)]);
  const rowsOf = (x: Tensor, context: Tensor | undefined): Tensor | undefined =>
    options.context === undefined ? context : contextRows(name, x, context, options.context);
  return {
    dataShape,
    latentShape,
    parts,
    parameters: [...new Set([...(options.parameters ?? []), ...parametersOf(parts)])],
    /** Read anew each time: initializing a part changes its buffers. */
    get buffers() {
      return new Map([...buffers, ...buffersOf(parts)]);
    },
    context: options.context ?? Math.max(0, ...bijectionsIn(parts).map((part) => part.context ?? 0)),
    definition: writeDefinition(definition),
    cost: { ...costOfAll(bijectionsIn(parts)), ...options.cost },
    forward(x, context) {
      const B = checkBatch(name, x.shape, dataShape);
      const { z, logDet } = options.forward(x, rowsOf(x, context));
      checkResult(name, "z", z, [B, ...latentShape]);
      checkResult(name, "logDet", logDet, [B]);
      return { z, logDet };
    },
    inverse(z, context) {
      const B = checkBatch(name, z.shape, latentShape);
      const { x, logDet } = options.inverse(z, rowsOf(z, context));
      checkResult(name, "x", x, [B, ...dataShape]);
      checkResult(name, "logDet", logDet, [B]);
      return { x, logDet };
    },
    ...(initialize && {
      initialize(x: Tensor, context?: Tensor): void {
        checkBatch(name, x.shape, dataShape);
        initialize(x, rowsOf(x, context));
      },
    }),
  };
}

function checkMethods(name: string, { forward, inverse }: LayerOptions): void {
  if (typeof name !== "string")
    throw new DomainError(`layer: the type of a definition is a text; got ${describeValue(name)}`);
  for (const [method, f] of Object.entries({ forward, inverse })) {
    if (typeof f !== "function")
      throw new DomainError(`${name}: ${method} must be a function; got ${describeValue(f)}`);
  }
}

/** Throws ShapeError, in the name of the layer, unless what a method gives is a Tensor of that shape. */
function checkResult(name: string, what: string, came: unknown, shape: Shape): void {
  if (came instanceof Tensor && sameShape(came.shape, shape)) return;
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
