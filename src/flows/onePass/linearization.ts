import { memo } from "../../autograd/memo.ts";
import { times } from "../../autograd/ops/aligned.ts";
import { neg } from "../../autograd/ops/arithmetic.ts";
import { maskWeight } from "../../autograd/ops/masking.ts";
import { apply, type Rule } from "../../autograd/rule.ts";
import type { Variable } from "../../autograd/variable.ts";
import type { MaskedMlp } from "../../nets/maskedMlp.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { cotangentsOf, tangentsOf, tile, weightCotangent } from "./chains.ts";
import { buffersOf, load, type PackedWeights, pointsAtATime, runSchedule, type Schedule, store } from "./schedule.ts";

// B batch in groups of N, D coordinates, P raw numbers per coordinate, C context width

/** A net and its schedules, there and back, with the weights packed for both. */
export interface Solver {
  readonly net: MaskedMlp;
  readonly forward: { readonly schedule: Schedule; readonly packed: PackedWeights };
  readonly adjoint: { readonly schedule: Schedule; readonly packed: PackedWeights };
}

/**
 * J = ∂z/∂x of an autoregressive layer at a point, in pieces: J = diag(d) + R·W_L S_{L−1} W_{L−1} … S_0 W_0.
 * The element gives d and R, activations give S, and the net's maps the W, of which the masked entries are 0.
 */
export interface Linearization {
  /** ∂z_i/∂x_i with raw held still, [B, D] */
  readonly d: Tensor;
  /** ∂z_i/∂raw_{p·D+i}, [B, P·D] */
  readonly r: Tensor;
  /** act′(h_l) for each hidden map whose result goes through the activation, [B, rows] */
  readonly slopes: readonly (Tensor | null)[];
  /** [rows, columns], not yet masked */
  readonly weights: readonly Tensor[];
}

/**
 * J·v = w (or Jᵀ·u = g) solved for v (or u), coordinate after coordinate, every unit once.
 *
 *     v_i = (w_i − Σ_p r_{p,i}·(net v)_{p,i})/d_i        forward: the net's tangents follow the coordinates
 *     u_i = (g_i − (netᵀ(r·u))_i)/d_i                    adjoint: its cotangents follow them, from the last to the first
 */
function solveLinear(
  { net, ...solver }: Solver,
  way: "forward" | "adjoint",
  rhs: Tensor,
  J: Linearization,
): Float64Array {
  const { schedule, packed } = solver[way];
  const { stages, coordinates } = schedule;
  const { dimensions: D, outputsPerDimension: P, context: C } = net;
  const forward = way === "forward";
  const [B] = rhs.shape;
  const N = pointsAtATime(B);
  const last = stages.length - 1;
  /**
   * The hidden map whose values the stage gives, and their slopes: applied to tangents on the way on, to cotangents as
   * they come.
   */
  const slopesAfter = (s: number): Tensor | null => (s === last ? null : J.slopes[forward ? s : last - 1 - s]);
  const buffers = buffersOf(schedule, N, (s) => forward && slopesAfter(s) !== null);
  const slopes = stages.map(({ rows }, s) =>
    slopesAfter(s) === null ? null : new Float64Array(rows.units.length * N),
  );
  const outputUnits = forward ? stages[last].rows.units : stages[0].columns.units; // in the order of r
  const r = new Float64Array(P * D * N);
  const d = new Float64Array(D * N);
  const values = new Float64Array(D * N);
  const [inputs] = buffers.sources;

  const finish = (s: number, from: number, to: number): void => {
    const { skip } = stages[s];
    const slope = slopes[s];
    const h = buffers.h[s];
    const next = buffers.sources[s + 1];
    for (let row = from; row < to; row++) {
      const [start, end] = [row * N, (row + 1) * N];
      if (!forward && slope !== null) for (let k = start; k < end; k++) h[k] = strongly(h[k], slope[k]);
      if (skip !== null) {
        const before = buffers.h[s - 2];
        const shift = (skip[row] - row) * N;
        for (let k = start; k < end; k++) h[k] = before[k + shift] + h[k];
      }
      if (forward && slope !== null) for (let k = start; k < end; k++) next[k] = strongly(h[k], slope[k]);
    }
  };
  const move = (from: number, to: number): void => {
    const count = (to - from) * N;
    const at = from * N;
    for (let k = 0; k < count; k++) {
      let known = 0;
      if (forward)
        for (let p = 0; p < P; p++) known += strongly(buffers.outputs[p * count + k], r[P * at + p * count + k]);
      else known = buffers.outputs[k];
      const change = values[at + k] - known;
      const value = change === 0 ? change : change / d[at + k];
      values[at + k] = value;
      if (forward) inputs[C * N + at + k] = value;
      else for (let p = 0; p < P; p++) inputs[P * at + p * count + k] = strongly(value, r[P * at + p * count + k]);
    }
  };

  const solution = new Float64Array(B * D);
  const blocks = packed.of(J.weights);
  for (let start = 0; start < B; start += N) {
    load(rhs.data, D, coordinates.units, start, values, 0, N);
    load(J.d.data, D, coordinates.units, start, d, 0, N);
    load(J.r.data, P * D, outputUnits, start, r, 0, N);
    slopes.forEach((slope, s) => {
      const from = slopesAfter(s);
      if (slope !== null && from !== null) load(from.data, from.shape[1], stages[s].rows.units, start, slope, 0, N);
    });
    runSchedule(schedule, blocks, buffers, N, finish, move);
    store(values, 0, N, coordinates.units, start, solution, D);
  }
  return solution;
}

/** change·slope: where nothing changes 0, whatever the slope is. */
function strongly(change: number, slope: number): number {
  const product = change * slope;
  return Number.isNaN(product) && change === 0 ? 0 : product;
}

type LinearInputs = readonly [rhs: Tensor, d: Tensor, r: Tensor, ...slopesAndWeights: Tensor[]];

/** The linearization as inputs of a rule, and back. */
function inputsOf(rhs: Tensor, { d, r, slopes, weights }: Linearization): LinearInputs {
  return [rhs, d, r, ...slopes.filter((slope) => slope !== null), ...weights];
}

function linearizationOf([, d, r, ...rest]: LinearInputs, { net }: Solver): Linearization {
  const hidden = net.maps.slice(1);
  const present = hidden.filter(({ activated }) => activated).length;
  let next = 0;
  const slopes = hidden.map(({ activated }) => (activated ? rest[next++] : null));
  return { d, r, slopes, weights: rest.slice(present) };
}

const tangentRule: Rule<LinearInputs, [solver: Solver]> = {
  name: "onePassTangent",
  shape: ([rhs]) => rhs.shape,
  forward: (inputs, v, solver) =>
    v.data.set(solveLinear(solver, "forward", inputs[0], linearizationOf(inputs, solver))),
  vjp(inputs, v, g, solver) {
    const J = linearizationOf(inputs, solver);
    const u = memo(() => solveAdjoint(g, J, solver));
    return [u, ...linearizationCotangents(solver, J, u, () => v)];
  },
};

const adjointRule: Rule<LinearInputs, [solver: Solver]> = {
  name: "onePassAdjoint",
  shape: ([rhs]) => rhs.shape,
  forward: (inputs, u, solver) =>
    u.data.set(solveLinear(solver, "adjoint", inputs[0], linearizationOf(inputs, solver))),
  vjp(inputs, u, g, solver) {
    const J = linearizationOf(inputs, solver);
    const v = memo(() => solveTangent(g, J, solver));
    return [v, ...linearizationCotangents(solver, J, () => u, v)];
  },
};

/** v = J⁻¹·w. Gradient: w̄ = J⁻ᵀ·v̄, and J̄ = −w̄ vᵀ. Shape: [B, D]. Cost: half a dense pass. */
function solveTangent(w: Tensor, J: Linearization, solver: Solver): Variable {
  return apply(tangentRule, inputsOf(w, J), solver);
}

/** u = J⁻ᵀ·g. Gradient: ḡ = J⁻¹·ū, and J̄ = −u ḡᵀ. Shape: [B, D]. Cost: half a dense pass. */
export function solveAdjoint(g: Tensor, J: Linearization, solver: Solver): Variable {
  return apply(adjointRule, inputsOf(g, J), solver);
}

/**
 * J̄ = −u vᵀ for J in pieces: the derivatives of −uᵀJ v = −Σ u·d·v − Σ (r·u)·(net v), u and v held still, with respect
 * to d, r, slopes and weights. k_l are the cotangents of h_l under −r·u, t_l its tangents under v.
 */
function linearizationCotangents(
  { net }: Solver,
  J: Linearization,
  u: () => Variable,
  v: () => Variable,
): (() => Variable)[] {
  const P = net.outputsPerDimension;
  const last = net.maps.length - 1;
  const masked = memo(() => net.maps.map(({ masking }, l) => maskWeight(J.weights[l], masking)));
  const k = memo(() => cotangentsOf(net, neg(times(tile(u(), P), J.r)), J.slopes, masked()));
  const t = memo(() => tangentsOf(net, v(), J.slopes, masked()));
  return [
    () => neg(times(u(), v(), "both")),
    () => neg(times(tile(u(), P), t().h[last], "both")),
    ...J.slopes.flatMap((slope, l) => (slope === null ? [] : [() => times(k().beforeSlope[l], t().h[l], "both")])),
    ...net.maps.map((map, l) => () => weightCotangent(map, k().h[l], t().sources[l])),
  ];
}
