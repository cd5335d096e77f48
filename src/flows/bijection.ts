import { add } from "../autograd/ops/arithmetic.ts";
import { noGrad } from "../autograd/rule.ts";
import type { Parameter, Variable } from "../autograd/variable.ts";
import type { Definition } from "../tensor/definition.ts";
import { DomainError, ShapeError } from "../tensor/errors.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

// B batch, K layers

/** What a layer can be rebuilt from, as plain JSON; its parameters and buffers are saved beside it. */
export type BijectionDefinition = Definition;

/** The latent points of data points, and how volume changed on the way. */
export interface ForwardResult {
  /** [B, ...latentShape] */
  readonly z: Variable;
  /** log|det ∂z/∂x|, [B], nats */
  readonly logDet: Variable;
}

/** The data points of latent points, and how volume changed on the way. */
export interface InverseResult {
  /** [B, ...dataShape] */
  readonly x: Variable;
  /** log|det ∂x/∂z|, [B], nats: the negative of forward's at that point */
  readonly logDet: Variable;
}

/** `"parallel"`: all coordinates in one pass; `"sequential"`: one coordinate after another. */
export interface Cost {
  readonly forward: "parallel" | "sequential";
  readonly inverse: "parallel" | "sequential";
}

/**
 * A layer of a flow: a C¹-diffeomorphism f between data x and latent z. *Forward is always data → latent.*
 *
 *     inverse function      J_{f⁻¹}(z) = J_f(x)⁻¹,   log|det J_{f⁻¹}| = −log|det J_f|
 */
export interface Bijection {
  /** The shape of one data point x: [D] or [C, H, W]. */
  readonly dataShape: Shape;
  /** The shape of one latent point z. */
  readonly latentShape: Shape;
  /** What training changes; names come from the position in the composition, e.g. `"3.conditioner.0.weight"`. */
  readonly parameters: readonly Parameter[];
  /** What is saved but not trained. */
  readonly buffers: ReadonlyMap<string, Tensor>;
  readonly definition: BijectionDefinition;
  readonly cost: Cost;
  /** Sets parameters from data, once; later calls change nothing. */
  initialize?(x: Tensor, context?: Tensor): void;
  /** z = f(x). Pure: never changes state. */
  forward(x: Tensor, context?: Tensor): ForwardResult;
  /** x = f⁻¹(z). */
  inverse(z: Tensor, context?: Tensor): InverseResult;
}

/** A bijection made of others, applied from the first to the last. */
export interface Composition extends Bijection {
  readonly layers: readonly Bijection[];
}

/** A composition of diffeomorphisms is a diffeomorphism: this is why flows have layers. */
class Composed implements Composition {
  readonly layers: readonly Bijection[];
  readonly dataShape: Shape;
  readonly latentShape: Shape;
  readonly parameters: readonly Parameter[];
  readonly definition: BijectionDefinition;
  readonly cost: Cost;

  constructor(layers: readonly Bijection[]) {
    this.layers = layers;
    this.dataShape = layers[0].dataShape;
    this.latentShape = layers[layers.length - 1].latentShape;
    this.parameters = nameByPosition(layers);
    this.definition = { type: "compose", layers: definitionsByPosition(layers) };
    this.cost = costOfAll(layers);
    this;
  }

  /** Read anew each time: a layer's buffers change when it is initialized. */
  get buffers(): ReadonlyMap<string, Tensor> {
    return buffersByPosition(this.layers);
  }

  initialize(x: Tensor, context?: Tensor): void {
    noGrad(() => {
      let h = x;
      for (const layer of this.layers) {
        layer.initialize?.(h, context);
        h = layer.forward(h, context).z;
      }
    });
  }

  /** z = f_K(… f_1(x)),  log|det J| = Σ_k log|det J_k| */
  forward(x: Tensor, context?: Tensor): ForwardResult {
    let { z, logDet } = this.layers[0].forward(x, context);
    for (const layer of this.layers.slice(1)) {
      const next = layer.forward(z, context);
      z = next.z;
      logDet = add(logDet, next.logDet);
    }
    return { z, logDet };
  }

  /** x = f_1⁻¹(… f_K⁻¹(z)) */
  inverse(z: Tensor, context?: Tensor): InverseResult {
    let { x, logDet } = this.layers[this.layers.length - 1].inverse(z, context);
    for (const layer of this.layers.slice(0, -1).reverse()) {
      const next = layer.inverse(x, context);
      x = next.x;
      logDet = add(logDet, next.logDet);
    }
    return { x, logDet };
  }
}

/**
 * f = f_K ∘ … ∘ f_1, the layers in order of application, data first: `compose(f1, f2)` maps x to f2(f1(x)).
 * Compositions among the layers are laid out flat: `compose(f1, compose(f2, f3))` is `compose(f1, f2, f3)`.
 *
 * Log-det: Σ_k log|det J_k|. Inverse: the inverses in reverse order. Cost: the sum of the layers'.
 * Throws ShapeError where one layer's latent shape is not the next one's data shape, DomainError for no layers.
 */
export function compose(...layers: Bijection[]): Composition {
  if (layers.length === 0) throw new DomainError("compose: needs at least one layer; got none");
  for (let k = 1; k < layers.length; k++) {
    const [from, to] = [layers[k - 1].latentShape, layers[k].dataShape];
    if (!sameShape(from, to)) {
      throw new ShapeError(
        `compose: layers must fit; layer ${k - 1} gives ${formatShape(from)}, layer ${k} takes ${formatShape(to)}`,
      );
    }
  }
  return new Composed(layers.flatMap(layersOf));
}

/** The layers that a bijection is made of: those of a composition, else itself alone. */
export function layersOf(bijection: Bijection): readonly Bijection[] {
  return bijection instanceof Composed ? bijection.layers : [bijection];
}

/** f⁻¹ as a layer of its own: data and latent change places. */
export function invert(layer: Bijection): Bijection {
  return {
    dataShape: layer.latentShape,
    latentShape: layer.dataShape,
    parameters: layer.parameters,
    get buffers() {
      return layer.buffers;
    },
    definition: { type: "invert", of: layer.definition },
    cost: { forward: layer.cost.inverse, inverse: layer.cost.forward },
    forward(x, context) {
      const { x: z, logDet } = layer.inverse(x, context);
      return { z, logDet };
    },
    inverse(z, context) {
      const { z: x, logDet } = layer.forward(z, context);
      return { x, logDet };
    },
  };
}

/** What several layers cost, one after another: a way that one of them goes in sequence is sequential. */
export function costOfAll(layers: readonly Bijection[]): Cost {
  const both = (way: keyof Cost): Cost["forward"] =>
    layers.some((layer) => layer.cost[way] === "sequential") ? "sequential" : "parallel";
  return { forward: both("forward"), inverse: both("inverse") };
}

/** The buffers of several layers as they are now, each named by the way to it, `"<layer>.<its name there>"`. */
export function buffersByPosition(layers: readonly Bijection[]): ReadonlyMap<string, Tensor> {
  return new Map(
    layers.flatMap((layer, k) => [...layer.buffers].map(([name, value]): [string, Tensor] => [`${k}.${name}`, value])),
  );
}

/** The definitions of several layers; one that stood before is said to be the same, `{ type: "same", as: <where it stood> }`. */
export function definitionsByPosition(layers: readonly Bijection[]): readonly BijectionDefinition[] {
  return layers.map((layer, k) => {
    const first = layers.indexOf(layer);
    return first < k ? { type: "same", as: first } : layer.definition;
  });
}

/** The names that a layer gave its parameters itself, whatever it is part of by now. */
const ownNames = new WeakMap<Bijection, readonly string[]>();

/**
 * Names every parameter by the way to it, `"<layer>.<its name there>"`, and lists them. A layer that stands in several
 * places is counted where it stands first.
 */
export function nameByPosition(layers: readonly Bijection[]): readonly Parameter[] {
  const named = new Map<Parameter, string>();
  layers.forEach((layer, k) => {
    const names = ownNames.get(layer) ?? layer.parameters.map((parameter) => parameter.name);
    ownNames.set(layer, names);
    layer.parameters.forEach((parameter, i) => {
      if (!named.has(parameter)) named.set(parameter, `${k}.${names[i]}`);
    });
  });
  for (const [parameter, name] of named) parameter.rename(name);
  return [...named.keys()];
}
