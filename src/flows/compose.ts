// z = f_K(… f_1(x)): log|det J| = Σ_k log|det J_k|.

import { contextFor } from "../autograd/context.ts";
import { add } from "../autograd/ops/arithmetic.ts";
import { type Kind, kind, listOf, type Place, type Reader, read } from "../tensor/definitions/reading.ts";
import { definitionOf } from "../tensor/definitions/writing.ts";
import { DomainError, LimitError, ShapeError } from "../tensor/errors.ts";
import { checkCount, formatShape, sameShape } from "../tensor/shape.ts";
import { asBijection } from "./asBijection.ts";
import type { Bijection, BijectionDefinition } from "./bijection.ts";
import { asLayer, layer, restoreStatistics } from "./layer.ts";

// K layers

/** A bijection made of others, applied from the first to the last. */
export interface Composition extends Bijection {
  /** The layers in order of application, laid out flat. */
  readonly layers: readonly Bijection[];
}

/**
 * A composition of diffeomorphisms is a diffeomorphism, which is why flows have layers: f = f_K ∘ … ∘ f_1, the layers in order of
 * application, data first: `compose(f1, f2)` maps x to f2(f1(x)).
 * Compositions among the layers are laid out flat: `compose(f1, compose(f2, f3))` is `compose(f1, f2, f3)`.
 *
 * Log-det: Σ_k log|det J_k|, since the Jacobian of f is the product J_K ⋯ J_1, each at the point that its layer is given.
 * Inverse: the inverses in reverse order. Cost: the sum of the layers'.
 * Throws ShapeError where one layer's latent shape is not the next one's data shape, DomainError for no layers.
 *
 * @example
 * const twice = diagonalLinear({ weight: tensor([2]) });
 * const f = compose(twice, expFlow({ dimensions: 1 }));
 * f.forward(tensor([[1]])); // { z: [[7.38906]], logDet: [2.69315] }: e², and ln 2 + 2
 */
export function compose(...parts: Bijection[]): Composition {
  checkFit(parts);
  const layers = parts.flatMap(layersOf);
  const last = layers.length - 1;
  const checked = layers.map(asLayer);
  const composed = layer({
    shape: layers[0].dataShape,
    latentShape: layers[last].latentShape,
    parts: layers,
    definition: { type: "compose", layers: layers.map((each) => definitionOf(each)) },

    /** z = f_K(… f_1(x)),  log|det J| = Σ_k log|det J_k| */
    forward(x, context) {
      let { z, logDet } = checked[0].forward(x, contextFor(checked[0], context));
      for (let k = 1; k <= last; k++) {
        const next = checked[k].forward(z, contextFor(checked[k], context));
        z = next.z;
        logDet = add(logDet, next.logDet);
      }
      return { z, logDet };
    },

    /** x = f_1⁻¹(… f_K⁻¹(z)) */
    inverse(z, context) {
      let { x, logDet } = checked[last].inverse(z, contextFor(checked[last], context));
      for (let k = last - 1; k >= 0; k--) {
        const next = checked[k].inverse(x, contextFor(checked[k], context));
        x = next.x;
        logDet = add(logDet, next.logDet);
      }
      return { x, logDet };
    },
  });
  const composition = Object.assign(composed, { layers });
  compositions.add(composition);
  return composition;
}

/** What {@link compose} has made: a layer of somebody else may have a field `layers`, too. */
const compositions: WeakSet<Bijection> = /*#__PURE__*/ new WeakSet();

/** The layers that a bijection is made of: those of a composition, else itself alone. */
export function layersOf(bijection: Bijection): readonly Bijection[] {
  return compositions.has(bijection) ? (bijection as Composition).layers : [bijection];
}

function checkFit(layers: readonly Bijection[]): void {
  if (layers.length === 0) throw new DomainError("compose: needs at least one layer; got none");
  layers.forEach((each, k) => {
    asBijection("compose", `layer ${k}`, each);
  });
  for (let k = 1; k < layers.length; k++) {
    const [from, to] = [layers[k - 1].latentShape, layers[k].dataShape];
    if (sameShape(from, to)) continue;
    throw new ShapeError(
      `compose: layers must fit; layer ${k - 1} gives ${formatShape(from)}, layer ${k} takes ${formatShape(to)}`,
    );
  }
}

/**
 * f⁻¹ as a layer of its own: data and latent change places. Its parameters are those of f, under the same names.
 *
 * Log-det: −log|det J_f| at f⁻¹(x). Inverse: f. Cost: that of f, the two ways exchanged. Throws DomainError for what is no layer.
 *
 * @example
 * const logFlow = invert(expFlow({ dimensions: 1 }));
 * logFlow.forward(tensor([[Math.E]])); // { z: [[1]], logDet: [-1] }
 */
export function invert(of: Bijection): Bijection {
  asBijection("invert", "the layer", of);
  return invertedAs({ type: "invert", of: definitionOf(of) }, of);
}

/** f⁻¹ with a definition of its own. */
export function invertedAs(definition: BijectionDefinition, of: Bijection): Bijection {
  const { forward, inverse } = asLayer(of);
  return layer({
    shape: of.latentShape,
    latentShape: of.dataShape,
    parts: { "": of },
    definition,
    cost: { forward: of.cost.inverse, inverse: of.cost.forward },
    forward(x, context) {
      const { x: z, logDet } = inverse(x, context);
      return { z, logDet };
    },
    inverse(z, context) {
      const { z: x, logDet } = forward(z, context);
      return { x, logDet };
    },
  });
}

/**
 * The field of a definition that says which layer it is, read: the layer. For layers of your own that have one inside; see {@link bijectionFrom}.
 * Throws DomainError, naming the place, for what is none.
 *
 * @example
 * const undo = ({ of }: { of: unknown }, at: Place) => invert(readLayer(of, at.part("of")));
 * const definition = { type: "undo", of: expFlow({ dimensions: 1 }).definition };
 * bijectionFrom(definition, { layers: { undo } }).forward(tensor([[1]])).z; // [[0]], ln 1
 */
export const readLayer: Reader<Bijection> = (value, at) => {
  const made: Bijection = read("a layer", value, at);
  restoreStatistics(made, at);
  return made;
};

/** K, the number of layers of a recipe. Throws DomainError, and LimitError for more than a list may have. */
export function checkLayers(operation: string, name: string, K: number): void {
  checkCount(operation, name, K, 1);
  if (K > MOST_LAYERS) throw new LimitError(`${operation}: at most ${MOST_LAYERS} ${name}; got ${K}`);
}

/** In one list; `compose` takes them as arguments, of which engines allow some 100,000. */
const MOST_LAYERS = 10_000;

/** The field of a definition that lists layers. */
export const readLayers: Reader<Bijection[]> = (value, at: Place) => {
  const definitions = listOf((entry) => entry)(value, at);
  if (definitions.length > MOST_LAYERS) throw at.refusal(`are more than ${MOST_LAYERS}; got ${definitions.length}`);
  return definitions.map((entry, k) => readLayer(entry, at.part(k)));
};

/** Rebuilds compose from its definition. */
export const composeEntry: Kind<Bijection> = /*#__PURE__*/ kind({ layers: readLayers }, ({ layers }, at) => {
  const nested = layers.findIndex((part) => layersOf(part)[0] !== part);
  if (nested >= 0) throw at.refusal(`is not flat: layers[${nested}] is a composition`);
  return compose(...layers);
});

/** Rebuilds invert from its definition. */
export const invertEntry: Kind<Bijection> = /*#__PURE__*/ kind({ of: readLayer }, ({ of }) => invert(of));
