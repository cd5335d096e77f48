import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { type Adapted, adapted, fixed, named, type Source, type Theirs, together } from "./adapted.ts";
import type { LayerSpec } from "./stored.ts";

// D dimensions, or C channels of H·W pixels

type Shape = readonly number[];

type Values = Readonly<Record<string, d.Tensor>>;

/** A matrix of theirs as ours: with which start our layer is made, and what its parameters are. */
interface Matrix {
  readonly parametrization: "lu" | "qr" | "full";
  readonly start: { readonly weight: d.Tensor } | { readonly random: d.Random; readonly reflections: number };
  readonly values: (theirs: Theirs) => Values;
}

/** z = W x + b for the matrices of the file; over images at every pixel. */
export function linearOf(spec: LayerSpec, shape: Shape, source: Source): Adapted {
  const { type, prefix = "", perm } = spec;
  const parts = [matrixLayer(spec, shape, source), ...biasOf(prefix, shape, source)];
  if (type === "conv1x1_lu") parts.unshift(fixed(permutationOf(perm!, shape)));
  return together(parts, d.compose);
}

/** z[:, i] = x[:, perm[i]], of vectors or of the channels of images. */
export function permutationOf(perm: readonly number[], [, height, width]: Shape): d.Bijection {
  return d.permutation({ permutation: perm, ...(height === undefined ? {} : { height, width }) });
}

function matrixLayer(spec: LayerSpec, shape: Shape, source: Source): Adapted {
  const { type, prefix = "" } = spec;
  if (type === "triangular_linear") return triangularOf(spec, source);
  if (type === "householder") {
    const reflections = spec.householders!;
    const layer = d.orthogonalLinear({ dimensions: shape[0], reflections, random: new d.Random(1) });
    return adapted(layer, (theirs) => ({ reflections: named(theirs, `${prefix}q_vectors`) }));
  }
  const matrix = matrixOf(spec, shape[0], source);
  return adapted(layerWith(matrix, shape), matrix.values);
}

/** A linear layer of vectors, or a convolution of images. */
function layerWith({ parametrization, start }: Matrix, [D, height, width]: Shape): d.Bijection {
  if (height !== undefined) return d.conv1x1({ channels: D, height, width, parametrization, ...start });
  const options = "weight" in start ? start : { dimensions: D, ...start };
  return { lu: d.luLinear, qr: d.qrLinear, full: d.fullLinear }[parametrization](options);
}

function matrixOf(spec: LayerSpec, D: number, { theirs, buffers }: Source): Matrix {
  const { type, prefix = "", eps = 1e-3 } = spec;
  const of = (name: string): ((now: Theirs) => d.Variable) => {
    return (now) => named(now, prefix + name);
  };
  if (`${prefix}W` in theirs) {
    return { parametrization: "full", start: { weight: of("W")(theirs) }, values: (now) => ({ weight: of("W")(now) }) };
  }
  if (type === "qr_linear") {
    return {
      parametrization: "qr",
      start: { random: new d.Random(1), reflections: spec.householders! },
      values: (now) => ({
        reflections: of("q_vectors")(now),
        upper: strictTriangle(of("upper_entries")(now), D, false),
        logDiagonal: of("log_upper_diag")(now),
      }),
    };
  }
  // What is not W or Q·R is P·L·U. A start of ±1 where P has its ones gives our layer that P and those signs.
  const lu = (start: d.Tensor, values: Matrix["values"]): Matrix => ({
    parametrization: "lu",
    start: { weight: start },
    values,
  });
  if (type === "lu_linear_packed") {
    // L has a diagonal and U has none: with d the diagonal of L, L·U = (L·d⁻¹)·(d·U)
    const signs = d.sign(d.diagonal(of("LU")(theirs)));
    return lu(d.diagonalMatrix(signs), (now) => {
      const LU = of("LU")(now);
      const diagonal = d.diagonal(LU);
      return {
        lower: d.div(d.tril(LU, -1), diagonal),
        upper: d.mul(d.expandDims(diagonal, 1), d.triu(LU, 1)),
        logDiagonal: d.log(d.abs(diagonal)),
      };
    });
  }
  if (type === "conv1x1_plu") {
    const start = d.mul(named(buffers, `${prefix}P`), named(buffers, `${prefix}sign_S`)); // P·diag(sign_S)
    return lu(start, (now) => ({ lower: of("L")(now), upper: of("U")(now), logDiagonal: of("log_S")(now) }));
  }
  assert.match(type, /^(lu_linear|conv1x1_lu)$/, "the type of matrix");
  if (`${prefix}L` in theirs) {
    // L and U themselves, as they are derived from the parameters
    return lu(d.eye(D), (now) => {
      const U = of("U")(now);
      return { lower: d.tril(of("L")(now), -1), upper: d.triu(U, 1), logDiagonal: d.log(d.diagonal(U)) };
    });
  }
  return lu(d.eye(D), (now) => ({
    lower: strictTriangle(of("lower_entries")(now), D, true),
    upper: strictTriangle(of("upper_entries")(now), D, false),
    logDiagonal: d.log(d.add(d.softplus(of("unconstrained_upper_diag")(now)), eps)),
  }));
}

function triangularOf({ prefix = "", lower = true }: LayerSpec, { theirs }: Source): Adapted {
  const triangle = lower ? d.tril : d.triu;
  const layer = d.triangularLinear({ weight: triangle(named(theirs, `${prefix}W`)), lower });
  return adapted(layer, (now) => {
    const W = named(now, `${prefix}W`);
    return { [lower ? "lower" : "upper"]: triangle(W), logDiagonal: d.log(d.abs(d.diagonal(W))) };
  });
}

/** The layer that adds a bias, if there is one: our linear layers have none. */
function biasOf(prefix: string, shape: Shape, { theirs }: Source): Adapted[] {
  const name = ["bias", "b"].map((last) => prefix + last).find((full) => full in theirs);
  if (name === undefined) return [];
  const [D, height, width] = shape;
  // of images one number per channel
  const layer =
    height === undefined ? d.elementwiseAffine({ dimensions: D }) : d.actNorm({ channels: D, height, width });
  return [adapted(layer, (now) => ({ shift: d.neg(named(now, name)), logScale: d.zeros([D]) }))];
}

/** The matrix [D, D] whose strict lower (upper) triangle, row after row, has the entries; zero elsewhere. */
function strictTriangle(entries: d.Variable, D: number, lower: boolean): d.Variable {
  let next = 0;
  const places = Array.from({ length: D * D }, (_, at) => {
    const [i, j] = [Math.floor(at / D), at % D];
    return (lower ? j < i : j > i) ? next++ : entries.size; // what stands after the entries is zero
  });
  return d.reshape(d.take(d.concat([entries, d.zeros([1])], 0), places, 0), [D, D]);
}
