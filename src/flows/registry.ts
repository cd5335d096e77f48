// Layers by name, each twice: as the function that programs call (exported here), and as the type of its definition (LAYERS). An entry
// says which fields a type of definition has, and what is made of them; it stands in the file of what it makes.

import { diagonalNormalEntry } from "../distributions/diagonalNormal.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { laplaceEntry } from "../distributions/laplace.ts";
import { logisticEntry } from "../distributions/logistic.ts";
import { mixtureEntry } from "../distributions/mixture.ts";
import { multivariateNormalEntry } from "../distributions/multivariateNormal.ts";
import { standardNormalEntry } from "../distributions/standardNormal.ts";
import { studentTEntry } from "../distributions/studentT.ts";
import { uniformEntry } from "../distributions/uniform.ts";
import type { Conditioner } from "../nets/conditioner.ts";
import { convNetEntry } from "../nets/convNet.ts";
import { linearEntry } from "../nets/linear.ts";
import { maskedMlpEntry } from "../nets/maskedMlp.ts";
import { mlpEntry } from "../nets/mlp.ts";
import { residualMlpEntry } from "../nets/residualMlp.ts";
import {
  type Beside,
  type Kind,
  type Kinds,
  Place,
  type Registry,
  readDefinition,
} from "../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import type { Bijection, BijectionDefinition } from "./bijection.ts";
import { composeEntry, invertEntry, readLayer } from "./compose.ts";
import { additiveEntry } from "./elements/additive.ts";
import { affineEntry } from "./elements/affine.ts";
import type { Element } from "./elements/element.ts";
import { splineEntry } from "./elements/spline.ts";
import type { Flow, FlowDefinition } from "./flow.ts";
import { flowDistributionEntry, flowEntry } from "./flowDistribution.ts";
import { actNormEntry } from "./layers/actNorm.ts";
import { conv1x1Entry } from "./layers/conv1x1.ts";
import { couplingEntry } from "./layers/coupling.ts";
import { diagonalLinearEntry } from "./layers/diagonalLinear.ts";
import { elementwiseAffineEntry } from "./layers/elementwiseAffine.ts";
import { elementwiseSplineEntry } from "./layers/elementwiseSpline.ts";
import { expFlowEntry } from "./layers/expFlow.ts";
import { fullLinearEntry } from "./layers/fullLinear.ts";
import { inverseAutoregressiveEntry } from "./layers/inverseAutoregressive.ts";
import { leakyReluFlowEntry } from "./layers/leakyReluFlow.ts";
import { logitFlowEntry } from "./layers/logitFlow.ts";
import { logTailsEntry } from "./layers/logTails.ts";
import { luLinearEntry } from "./layers/luLinear.ts";
import { maskedAutoregressiveEntry } from "./layers/maskedAutoregressive.ts";
import { multiScaleEntry } from "./layers/multiScale.ts";
import { orthogonalLinearEntry } from "./layers/orthogonalLinear.ts";
import { permutationEntry, reverseEntry } from "./layers/permutation.ts";
import { qrLinearEntry } from "./layers/qrLinear.ts";
import { sigmoidFlowEntry } from "./layers/sigmoidFlow.ts";
import { softplusFlowEntry } from "./layers/softplusFlow.ts";
import { squeezeImageEntry } from "./layers/squeezeImage.ts";
import { standardizationEntry } from "./layers/standardization.ts";
import { tanhFlowEntry } from "./layers/tanhFlow.ts";
import { triangularLinearEntry } from "./layers/triangularLinear.ts";

export { type ActNormOptions, actNorm } from "./layers/actNorm.ts";
export { type AdditiveCouplingOptions, additiveCoupling } from "./layers/additiveCoupling.ts";
export { type AffineCouplingOptions, affineCoupling } from "./layers/affineCoupling.ts";
export { type Conv1x1Options, conv1x1 } from "./layers/conv1x1.ts";
export { type CouplingOptions, coupling, type NetCouplingOptions } from "./layers/coupling.ts";
export { type DiagonalLinearOptions, diagonalLinear } from "./layers/diagonalLinear.ts";
export { type ElementwiseAffineOptions, elementwiseAffine } from "./layers/elementwiseAffine.ts";
export { type ElementwiseSplineOptions, elementwiseSpline } from "./layers/elementwiseSpline.ts";
export { expFlow } from "./layers/expFlow.ts";
export { fullLinear } from "./layers/fullLinear.ts";
export { type InverseAutoregressiveOptions, inverseAutoregressive } from "./layers/inverseAutoregressive.ts";
export { type LeakyReluFlowOptions, leakyReluFlow } from "./layers/leakyReluFlow.ts";
export { type LogitFlowOptions, logitFlow } from "./layers/logitFlow.ts";
export { type LogTailsOptions, logTails } from "./layers/logTails.ts";
export { luLinear } from "./layers/luLinear.ts";
export { type MaskedAutoregressiveOptions, maskedAutoregressive } from "./layers/maskedAutoregressive.ts";
export { type MultiScaleOptions, multiScale } from "./layers/multiScale.ts";
export {
  type OrthogonalLinearOptions,
  type OrthogonalParametrization,
  orthogonalLinear,
} from "./layers/orthogonalLinear.ts";
export { type PermutationOptions, permutation, reverse } from "./layers/permutation.ts";
export { type QRLinearOptions, qrLinear } from "./layers/qrLinear.ts";
export { sigmoidFlow } from "./layers/sigmoidFlow.ts";
export { softplusFlow } from "./layers/softplusFlow.ts";
export { type SplineCouplingOptions, splineCoupling } from "./layers/splineCoupling.ts";
export { type SqueezeImageOptions, squeezeImage } from "./layers/squeezeImage.ts";
export { standardization } from "./layers/standardization.ts";
export { tanhFlow } from "./layers/tanhFlow.ts";
export { type TriangularLinearOptions, triangularLinear } from "./layers/triangularLinear.ts";

const LAYERS: Kinds<Bijection> = {
  actNorm: actNormEntry,
  compose: composeEntry,
  conv1x1: conv1x1Entry,
  coupling: couplingEntry,
  diagonalLinear: diagonalLinearEntry,
  elementwiseAffine: elementwiseAffineEntry,
  elementwiseSpline: elementwiseSplineEntry,
  expFlow: expFlowEntry,
  fullLinear: fullLinearEntry,
  inverseAutoregressive: inverseAutoregressiveEntry,
  invert: invertEntry,
  leakyReluFlow: leakyReluFlowEntry,
  logitFlow: logitFlowEntry,
  logTails: logTailsEntry,
  luLinear: luLinearEntry,
  maskedAutoregressive: maskedAutoregressiveEntry,
  multiScale: multiScaleEntry,
  orthogonalLinear: orthogonalLinearEntry,
  permutation: permutationEntry,
  qrLinear: qrLinearEntry,
  reverse: reverseEntry,
  sigmoidFlow: sigmoidFlowEntry,
  softplusFlow: softplusFlowEntry,
  squeezeImage: squeezeImageEntry,
  standardization: standardizationEntry,
  tanhFlow: tanhFlowEntry,
  triangularLinear: triangularLinearEntry,
};

const ELEMENTS: Kinds<Element> = { additive: additiveEntry, affine: affineEntry, spline: splineEntry };

const CONDITIONERS: Kinds<Conditioner> = {
  convNet: convNetEntry,
  linear: linearEntry,
  mlp: mlpEntry,
  residualMlp: residualMlpEntry,
};

const DISTRIBUTIONS: Kinds<Distribution> = {
  diagonalNormal: diagonalNormalEntry,
  flow: flowDistributionEntry,
  laplace: laplaceEntry,
  logistic: logisticEntry,
  mixture: mixtureEntry,
  multivariateNormal: multivariateNormalEntry,
  standardNormal: standardNormalEntry,
  studentT: studentTEntry,
  uniform: uniformEntry,
};

/**
 * Makes a layer of your own again from its definition, of which it gets all fields, and what comes from outside, such as buffers, from the
 * {@link Place}. A constructor that takes its options as one object will often do as it is.
 */
export type LayerMaker = (definition: never, at: Place) => Bijection;

/** What comes with a definition: {@link bijectionFrom}, {@link flowFrom}. */
export interface RebuildOptions extends Beside {
  /** Layers of your own, by the `type` of their definitions. */
  readonly layers?: { readonly [type: string]: LayerMaker };
}

/**
 * The layer that a definition defines, with the buffers that were saved beside it. Its parameters are at some start, in the order of
 * those of the layer: assign them.
 *
 * What is rebuilt is a layer of diffeo, from exactly the fields that its `definition` has, or one of the `layers` that are handed in.
 * Throws DomainError for anything else, and LimitError beyond the limit; the message names the place, as `layers[2].element.bins`.
 *
 * @example
 * const made = diagonalLinear({ weight: tensor([2, -1]) });
 * const rebuilt = bijectionFrom(JSON.parse(JSON.stringify(made.definition)), { buffers: made.buffers });
 * rebuilt.parameters.forEach((parameter, k) => parameter.assign(made.parameters[k]));
 * rebuilt.forward(tensor([[3, 4]])).z; // [[6, -4]]
 */
export function bijectionFrom(definition: BijectionDefinition, options: RebuildOptions = {}): Bijection {
  return readLayer(definition, top("bijectionFrom", options));
}

/**
 * The flow that a definition defines: its bijection as by {@link bijectionFrom}, and its base. Throws as that does.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, layers: 2, random: new Random(1) });
 * const rebuilt = flowFrom(JSON.parse(JSON.stringify(flow.definition)), { buffers: flow.buffers });
 * rebuilt.parameters.length === flow.parameters.length; // true
 */
export function flowFrom(definition: FlowDefinition, options: RebuildOptions = {}): Flow {
  return readDefinition("a flow", { flow: flowEntry }, definition, top("flowFrom", options));
}

function top(operation: string, options: RebuildOptions): Place {
  const registry: Registry = {
    "a layer": { ...LAYERS, ...ownLayers(operation, options?.layers ?? {}) },
    "an element": ELEMENTS,
    "a conditioner": CONDITIONERS,
    "a masked net": { maskedMlp: maskedMlpEntry },
    "a distribution": DISTRIBUTIONS,
  };
  return Place.top(operation, registry, options);
}

/** Entries of the layers that were handed in. */
function ownLayers(operation: string, layers: NonNullable<RebuildOptions["layers"]>): Kinds<Bijection> {
  if (typeof layers !== "object" || layers === null || layers instanceof Map) {
    throw new DomainError(`${operation}: layers are an object, functions by type; got ${describeValue(layers)}`);
  }
  return Object.fromEntries(
    Object.entries(layers).map(([type, make]): [string, Kind<Bijection>] => {
      if (typeof make !== "function") {
        throw new DomainError(`${operation}: layers are functions by type; got ${describeValue(make)} for ${type}`);
      }
      if (Object.hasOwn(LAYERS, type) || type === "same") {
        throw new DomainError(`${operation}: a layer of your own needs a type of its own; ${type} is one of diffeo's`);
      }
      return [
        type,
        (definition, at) =>
          checkMade(
            at.make(() => make(definition as never, at)),
            at,
          ),
      ];
    }),
  );
}

function checkMade(made: unknown, at: Place): Bijection {
  const { forward, inverse, dataShape, latentShape, parameters } = (made ?? {}) as Partial<Bijection>;
  const methods = typeof forward === "function" && typeof inverse === "function";
  if (methods && [dataShape, latentShape, parameters].every(Array.isArray)) return made as Bijection;
  throw at.refusal(`must become a layer; its maker gave ${describeValue(made)}`);
}
