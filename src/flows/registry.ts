import type { Distribution } from "../distributions/distribution.ts";
import { standardNormal } from "../distributions/standardNormal.ts";
import { sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Bijection, type BijectionDefinition, compose, invert, layersOf } from "./bijection.ts";
import { conditioner, element, maskedConditioner, spline } from "./definitions/parts.ts";
import {
  boolean,
  dimensions,
  type Kinds,
  kind,
  kindBy,
  listOf,
  number,
  oneOf,
  optional,
  Place,
  type RebuildOptions,
  readDefinition,
  size,
} from "./definitions/reading.ts";
import { pointShape } from "./dimensions.ts";
import { Flow, type FlowDefinition } from "./flow.ts";
import { actNorm } from "./layers/actNorm.ts";
import { conv1x1 } from "./layers/conv1x1.ts";
import { coupling } from "./layers/coupling.ts";
import { diagonalLinear } from "./layers/diagonalLinear.ts";
import { elementwiseAffine } from "./layers/elementwiseAffine.ts";
import { elementwiseSpline } from "./layers/elementwiseSpline.ts";
import { expFlow } from "./layers/expFlow.ts";
import { fullLinear } from "./layers/fullLinear.ts";
import { inverseAutoregressive } from "./layers/inverseAutoregressive.ts";
import { leakyReluFlow } from "./layers/leakyReluFlow.ts";
import { logitFlow } from "./layers/logitFlow.ts";
import { luLinear } from "./layers/luLinear.ts";
import { maskedAutoregressive } from "./layers/maskedAutoregressive.ts";
import { multiScale } from "./layers/multiScale.ts";
import { orthogonalLinear } from "./layers/orthogonalLinear.ts";
import { inversePermutation, permutation, reverse } from "./layers/permutation.ts";
import { qrLinear } from "./layers/qrLinear.ts";
import { sigmoidFlow } from "./layers/sigmoidFlow.ts";
import { softplusFlow } from "./layers/softplusFlow.ts";
import { squeezeImage } from "./layers/squeezeImage.ts";
import { standardizationBy } from "./layers/standardization.ts";
import { tanhFlow } from "./layers/tanhFlow.ts";
import { triangularLinear } from "./layers/triangularLinear.ts";
import { defined } from "./options.ts";

/** In one composition; `compose` takes them as arguments, of which engines allow some 100,000. */
const MOST_LAYERS = 10_000;

/**
 * The layer that a definition defines, with the buffers that were saved beside it. Its parameters are at some start, and have the
 * names under which those of the layer were saved: assign them.
 *
 * The registry is closed: what is rebuilt is a layer of diffeo, from exactly the fields that its `definition` has.
 * Throws DomainError for anything else, and LimitError beyond the limit; the message names the place, as `layers[2].element.bins`.
 *
 * @example
 * const rebuilt = bijectionFrom(JSON.parse(JSON.stringify(layer.definition)), { buffers: layer.buffers });
 * rebuilt.parameters.forEach((parameter, k) => parameter.assign(layer.parameters[k]));
 */
export function bijectionFrom(definition: BijectionDefinition, options: RebuildOptions = {}): Bijection {
  return layer(definition, Place.top("bijectionFrom", options));
}

/** The flow that a definition defines: its bijection as by {@link bijectionFrom}, and its base. Throws as that does. */
export function flowFrom(definition: FlowDefinition, options: RebuildOptions = {}): Flow {
  const flow = kind({ base, bijection: layer }, (parts) => new Flow(parts.base, parts.bijection));
  return readDefinition("a flow", { flow }, definition, Place.top("flowFrom", options));
}

function base(value: unknown, at: Place): Distribution {
  const normal = kind({ shape: listOf(size) }, ({ shape }, place) => {
    place.claim(2 * sizeOf(shape));
    return standardNormal(shape);
  });
  return readDefinition("a base", { standardNormal: normal }, value, at);
}

function layer(value: unknown, at: Place): Bijection {
  return readDefinition("a layer", layerKinds(), value, at);
}

/** Layers in their positions; one may be said to be the same as one before it. */
function layers(value: unknown, at: Place): Bijection[] {
  const known: Bijection[] = [];
  const same = kind({ as: size }, ({ as: k }, place) => {
    if (k < known.length) return known[k];
    throw place.refusal(`must be the same as a layer before it; got ${k}`);
  });
  const kinds: Kinds<Bijection> = { ...layerKinds(), same };
  const definitions = listOf((entry) => entry)(value, at);
  if (definitions.length > MOST_LAYERS) throw at.refusal(`are more than ${MOST_LAYERS}; got ${definitions.length}`);
  for (const [k, entry] of definitions.entries()) known.push(readDefinition("a layer", kinds, entry, at.layer(k)));
  return known;
}

/** Every type of layer: its fields, and what is made of them. What holds numbers claims them first. */
function layerKinds(): Kinds<Bijection> {
  const vector = { dimensions: size };
  const image = { channels: size, height: size, width: size };
  const elementwise = { dimensions };
  const autoregressive = { dimensions: size, element, conditioner: maskedConditioner };
  return {
    // what is made of layers
    compose: kind({ layers }, (options, at) => {
      const nested = options.layers.findIndex((part) => layersOf(part)[0] !== part);
      if (nested >= 0) throw at.refusal(`is not flat: layers[${nested}] is a composition`);
      return compose(...options.layers);
    }),
    invert: kind({ of: layer }, ({ of }) => invert(of)),
    multiScale: kind({ scales: layers }, multiScale),

    // what only moves coordinates
    permutation: kindBy("height", {
      present: kind({ permutation: listOf(size), height: size, width: size }, (options) => permutation(options)),
      absent: kind({ permutation: listOf(size) }, (options) => permutation(options)),
    }),
    reverse: kind(vector, ({ dimensions: D }, at) => {
      at.claim(D);
      return reverse({ dimensions: D });
    }),
    squeezeImage: kind({ ...image, factor: size }, squeezeImage),

    // one coordinate at a time
    actNorm: kindBy("dimensions", {
      present: kind(vector, (sizes, at) => actNorm({ ...sizes, initialized: initialized(at, sizes.dimensions) })),
      absent: kind(image, (sizes, at) => actNorm({ ...sizes, initialized: initialized(at, sizes.channels) })),
    }),
    standardization: kind(vector, ({ dimensions: D }, at) => standardizationBy(statistics(at, D))),
    elementwiseAffine: kind({ dimensions, signs: optional(listOf(number)) }, (options, at) => {
      at.claim(3 * sizeOf(pointShape("elementwiseAffine", options.dimensions)));
      return elementwiseAffine({ dimensions: options.dimensions, ...defined({ signs: options.signs }) });
    }),
    elementwiseSpline: kind({ dimensions, element: spline }, (options, at) => {
      const D = sizeOf(pointShape("elementwiseSpline", options.dimensions));
      at.claim((3 * options.element.bins + 1) * D);
      return elementwiseSpline({ dimensions: options.dimensions, ...options.element });
    }),
    tanhFlow: kind(elementwise, tanhFlow),
    sigmoidFlow: kind(elementwise, sigmoidFlow),
    expFlow: kind(elementwise, expFlow),
    softplusFlow: kind(elementwise, softplusFlow),
    leakyReluFlow: kind({ ...elementwise, slope: number }, leakyReluFlow),
    logitFlow: kind({ ...elementwise, alpha: number }, logitFlow),

    // with a net
    coupling: kind({ dimensions, mask: listOf(size), context: size, element, conditioner }, (options, at) =>
      coupling({
        ...options,
        conditioner(needed) {
          const { inputs, outputs } = options.conditioner.definition;
          if (inputs === needed.inputs && outputs === needed.outputs) return options.conditioner;
          throw at.refusal(
            `needs a conditioner of ${needed.inputs} inputs and ${needed.outputs} outputs; got ${inputs} and ${outputs}`,
          );
        },
        random: at.random,
      }),
    ),
    maskedAutoregressive: kind(autoregressive, (options, at) =>
      maskedAutoregressive({ ...options, random: at.random }),
    ),
    inverseAutoregressive: kind(autoregressive, (options, at) =>
      inverseAutoregressive({ ...options, random: at.random }),
    ),

    // matrices
    diagonalLinear: kind(vector, ({ dimensions: D }, at) => {
      at.claim(2 * D);
      return diagonalLinear({ weight: signs(at, D) });
    }),
    triangularLinear: kind({ ...vector, lower: boolean }, ({ dimensions: D, lower }, at) => {
      at.claim(D * D + 2 * D);
      const natural = Array.from({ length: D }, (_, i) => i);
      return triangularLinear({ weight: signedPermutation(natural, signs(at, D)), lower });
    }),
    luLinear: kind(vector, ({ dimensions: D }, at) => luLinear({ weight: startOfLu(at, D) })),
    qrLinear: kind({ ...vector, reflections: size }, ({ dimensions: D, reflections }, at) => {
      at.claim((reflections + D + 1) * D);
      return qrLinear({ dimensions: D, reflections, random: at.random });
    }),
    orthogonalLinear: kind(
      {
        ...vector,
        parametrization: oneOf("householder", "cayley", "exponential"),
        reflections: optional(size),
      },
      ({ dimensions: D, parametrization, reflections }, at) => {
        checkReflections(at, reflections, parametrization === "householder");
        at.claim(reflections === undefined ? 2 * D * D : reflections * D);
        if (reflections !== undefined) return orthogonalLinear({ dimensions: D, reflections, random: at.random });
        return orthogonalLinear({ weight: at.buffer("base", [D, D]), parametrization });
      },
    ),
    fullLinear: kind(vector, ({ dimensions: D }, at) => {
      at.claim(D * D);
      return fullLinear({ dimensions: D, random: at.random });
    }),
    conv1x1: kind(
      { ...image, parametrization: oneOf("lu", "qr", "full"), reflections: optional(size) },
      ({ parametrization, reflections, ...sizes }, at) => {
        const C = sizes.channels;
        checkReflections(at, reflections, parametrization === "qr");
        if (parametrization === "lu") return conv1x1({ ...sizes, parametrization, weight: startOfLu(at, C) });
        at.claim((C + (reflections ?? 0) + 1) * C);
        return conv1x1({ ...sizes, parametrization, random: at.random, ...defined({ reflections }) });
      },
    ),
  };
}

/** Reflections belong to parametrizations by them, and to no other. */
function checkReflections(at: Place, reflections: number | undefined, wanted: boolean): void {
  if ((reflections !== undefined) === wanted) return;
  throw at.refusal(wanted ? "must say how many reflections" : "has no reflections in that parametrization");
}

/** Whether an actNorm of C channels had been initialized. */
function initialized(at: Place, C: number): boolean {
  at.claim(2 * C + 1);
  const flag = at.buffer("initialized", []).item();
  if (flag !== 0 && flag !== 1) throw at.refusal(`needs a buffer initialized of 0 or 1; got ${flag}`);
  return flag === 1;
}

/** The statistics of D columns. */
function statistics(at: Place, D: number): { mean: Tensor; deviation: Tensor } {
  at.claim(2 * D);
  const [mean, deviation] = [at.buffer("mean", [D]), at.buffer("deviation", [D])];
  const fine = mean.data.every(Number.isFinite) && deviation.data.every((value) => value > 0 && Number.isFinite(value));
  if (D < 1 || !fine) throw at.refusal("needs finite means and positive deviations of at least one column");
  return { mean, deviation };
}

/** The signs of D diagonal entries. */
function signs(at: Place, D: number): Tensor {
  const buffer = at.buffer("signs", [D]);
  const wrong = buffer.data.find((sign) => sign !== 1 && sign !== -1);
  if (wrong !== undefined) throw at.refusal(`needs signs that are 1 or -1; got ${wrong}`);
  return buffer;
}

/** A matrix whose LU decomposition has the permutation and the signs that were saved. */
function startOfLu(at: Place, D: number): Tensor {
  at.claim(2 * D * D + 3 * D);
  const order = Array.from(at.buffer("permutation", [D]).data);
  inversePermutation(order);
  return signedPermutation(order, signs(at, D));
}

/** W with W[p(i), i] = sign_i, and 0 elsewhere: P·diag(signs). */
function signedPermutation(order: readonly number[], { data }: Tensor): Tensor {
  const D = order.length;
  const entries = new Float64Array(D * D);
  order.forEach((row, i) => {
    entries[row * D + i] = data[i];
  });
  return new Tensor(entries, [D, D]);
}
