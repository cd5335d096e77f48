import { strict as assert } from "node:assert";
import * as d from "diffeo";

/** Variables by name: the parameters of a case as they are stored, *theirs*. */
export type Theirs = Readonly<Record<string, d.Variable>>;

/** The value that one of our parameters has. */
export type Value = readonly [parameter: d.Parameter, value: d.Tensor];

/**
 * A transform of the file, expressed by exported layers.
 *
 * The layer alone computes points and log-dets. What is left for `values` is the translation T between parametrisations: the
 * value of each of our parameters as a function of theirs, in ops, so that gradients find the way back.
 */
export interface Adapted<Layer = d.Bijection> {
  readonly layer: Layer;
  values(theirs: Theirs): readonly Value[];
}

/** What a case holds besides its spec, and what was heard in passing while its layers ran. */
export interface Source {
  readonly theirs: Theirs;
  /** Constants: masks, permutation matrices, signs, noise. */
  readonly buffers: Readonly<Record<string, d.Tensor>>;
  readonly heard: Heard;
}

/** What elements were told by their conditioners, the last time. */
export interface Heard {
  /** What becomes the scale, before the map that makes it positive. */
  unconstrained?: d.Variable;
  logScale?: d.Variable;
  shift?: d.Variable;
  knots?: d.SplineKnots;
}

/** The layer with the values of its parameters by the names that it gave them itself. */
export function adapted(
  layer: d.Bijection,
  valuesByName: (theirs: Theirs) => Readonly<Record<string, d.Tensor>>,
): Adapted {
  const own = [...d.namedParameters(layer)];
  return {
    layer,
    values(theirs) {
      const values = valuesByName(theirs);
      return own.map(([name, parameter]) => [parameter, values[name] ?? assert.fail(`no value for ${name}`)]);
    },
  };
}

/** A layer without parameters. */
export function fixed(layer: d.Bijection): Adapted {
  return adapted(layer, () => ({}));
}

/** Several layers as one, with the values of all. */
export function together(parts: readonly Adapted[], join: (...layers: d.Bijection[]) => d.Bijection): Adapted {
  return {
    layer: join(...parts.map(({ layer }) => layer)),
    values: (theirs) => parts.flatMap((part) => part.values(theirs)),
  };
}

/** Gives our parameters the values that correspond to theirs; every one of them. */
export function assign({ layer, values }: Adapted, theirs: Theirs): void {
  const assigned = new Set(
    values(theirs).map(([parameter, value]) => {
      parameter.assign(value);
      return parameter;
    }),
  );
  assert.deepEqual(
    layer.parameters.filter((parameter) => !assigned.has(parameter)).map(({ name }) => name),
    [],
    "parameters without a value",
  );
}

/** ∂s/∂x and ∂s/∂theirs: the gradients for our parameters, and from them, back through T, those for theirs. */
export function gradients(
  s: d.Variable,
  { layer, values }: Adapted,
  theirs: Theirs,
  x: d.Variable,
): Readonly<Record<string, d.Variable>> {
  const [gx, ...ours] = d.grad(s, [x, ...layer.parameters]);
  const gradientOf = new Map(layer.parameters.map((parameter, k) => [parameter, ours[k]]));
  const names = Object.keys(theirs);
  const pulledBack = values(theirs)
    .map(([parameter, value]) => d.sum(d.mul(value, gradientOf.get(parameter)!)))
    .reduce(d.add, d.variable(0));
  const back = d.grad(
    pulledBack,
    names.map((name) => theirs[name]),
  );
  return { x: gx, ...Object.fromEntries(names.map((name, k) => [name, back[k]])) };
}

/** What a record holds under a name. Fails if that is nothing. */
export function named<Value>(record: Readonly<Record<string, Value>>, name: string): Value {
  return record[name] ?? assert.fail(`the case holds no ${name}`);
}
