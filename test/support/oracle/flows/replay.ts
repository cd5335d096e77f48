import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { compare, gradientBound, pairing, valueBound } from "../compare.ts";
import { load, loadAll, type StoredArray } from "../load.ts";
import { type Adapted, assign, gradients, type Heard, type Source } from "./adapted.ts";
import { checkInitialisation } from "./initialisation.ts";
import { layerOf } from "./layers.ts";
import type { FlowStored } from "./stored.ts";
import { meanNLL, replayTraining, type Trainable } from "./training.ts";

type Arrays = Readonly<Record<string, StoredArray>>;

/** How far points and log-dets of inverses may be from those of the file. */
const inverseBound = (expected: number): number => 1e-9 * Math.max(1, Math.abs(expected));

/** Replays one case: whatever it says should come out. */
export function replayFlow(stored: FlowStored): void {
  if (stored.expect_error) {
    assert.throws(() => open(stored).transform.layer.forward(load(stored.x)), d.DiffeoError);
    return;
  }
  const heard: Heard = {};
  const { transform, theirs, x } = open(stored, heard);
  const { z, logDet } = transform.layer.forward(x);
  compare("z", z, stored.z!, valueBound(stored));
  compare("the log-det", logDet, stored.logabsdet!, valueBound(stored));
  checkHeard(stored, heard);
  checkLogProb(stored, transform, x);
  checkJacobian(stored, transform, x);
  checkInverse(stored, transform);
  if (stored.grads !== undefined) {
    const s = pairing([z, logDet], [stored.grad_z!, stored.grad_logabsdet!]);
    const grads = gradients(s, transform, theirs, x);
    for (const [name, expected] of Object.entries(stored.grads)) {
      compare(`the gradient of ${name}`, grads[name], expected, gradientBound(stored));
    }
  }
  checkDerived(stored);
  checkCheckerboard(stored);
  checkInitialisation(stored);
  checkDequantization(stored, transform);
  replayTraining(stored, () => open(stored));
}

/** The transform of a case, its parameters in place. */
function open(stored: FlowStored, heard: Heard = {}): Trainable {
  const theirs = Object.fromEntries(
    Object.entries(stored.params).map(([name, values]) => [name, d.parameter(load(values), name)]),
  );
  const source: Source = { theirs, buffers: loadAll(stored.buffers ?? {}), heard };
  const transform = layerOf(stored.spec, stored.x.shape.slice(1), source);
  assign(transform, theirs);
  return { transform, theirs, x: d.variable(load(stored.x)) };
}

/** What the nets and the knots of a single layer said. */
function checkHeard(stored: FlowStored, { unconstrained, logScale, shift, knots }: Heard): void {
  const check = (what: string, got: d.Tensor | undefined, expected: StoredArray | undefined): void => {
    if (expected !== undefined) compare(what, got!, expected, valueBound(stored));
  };
  check("the shift", shift, stored.conditioner_shift);
  check("the scale", logScale && d.exp(logScale), stored.conditioner_scale);
  check("the unconstrained scale", unconstrained, stored.conditioner_unconstrained_scale);
  const perCoordinate = (values: d.Tensor | undefined): d.Tensor | undefined =>
    values && d.transpose(d.slice(values, 0)); // [1, K + 1, D] → [D, K + 1]
  check("the knots x", perCoordinate(knots?.x), stored.derived?.knots_x);
  check("the knots y", perCoordinate(knots?.y), stored.derived?.knots_y);
  check("the slopes at the knots", perCoordinate(knots?.derivatives), stored.derived?.knot_derivatives);
}

function checkLogProb(stored: FlowStored, transform: Adapted, x: d.Variable): void {
  const { log_prob, mean_nll, bits_per_dim } = stored;
  const { layer } = transform;
  const flow = new d.Flow(d.standardNormal(layer.latentShape), layer);
  if (log_prob !== undefined) compare("log p(x)", flow.logProb(x), log_prob, valueBound(stored));
  if (mean_nll !== undefined) {
    compare("the mean NLL", meanNLL(transform, x), { shape: [], data: [mean_nll] }, valueBound(stored));
  }
  if (bits_per_dim !== undefined) {
    const D = x.size / x.shape[0];
    const { levels = 1 } = stored.spec;
    const onUnit = d.add(flow.logProb(x), D * Math.log(levels)); // log p(y) of y on [0, 1)
    compare("bits per dimension", d.bitsPerDim(onUnit, D, levels), bits_per_dim, valueBound(stored));
  }
}

/** dz/dx of each point, dense; between different points it is exactly 0. */
function checkJacobian(stored: FlowStored, { layer }: Adapted, x: d.Variable): void {
  if (stored.jacobian === undefined) return;
  const N = x.shape[0];
  const whole = d.jacobian((points) => layer.forward(points).z, x);
  const J = d.reshape(whole, [N, -1, N, x.size / N]);
  const own = Array.from({ length: N }, (_, n) => d.slice(J, n, null, n));
  compare("the Jacobian", d.stack(own, 0), stored.jacobian, valueBound(stored));
  for (let n = 0; n < N; n++) {
    for (let m = 0; m < N; m++) {
      const independent = m === n || d.slice(J, n, null, m).data.every((entry) => entry === 0);
      assert(independent, `z of point ${n} depends on x of point ${m}`);
    }
  }
}

function checkInverse({ inverse }: FlowStored, { layer }: Adapted): void {
  if (inverse === undefined) return;
  const { x, logDet } = layer.inverse(load(inverse.z));
  compare("x of the inverse", x, inverse.x, inverseBound);
  compare("the log-det of the inverse", logDet, inverse.logabsdet_inverse, inverseBound);
}

/** Gradients in L and U, and in W: those of the same transform with these as its parameters. */
function checkDerived(stored: FlowStored): void {
  const { grads_derived: grads, derived, spec, params } = stored;
  if (grads === undefined) return;
  const kept = Object.entries(params).filter(([name]) => /(^|\.)(bias|b)$/.test(name));
  const forms = [["W"], ["L", "U"]].filter((names) => names.every((name) => name in grads));
  assert.deepEqual(forms.flat().sort(), Object.keys(grads).sort(), "the derived matrices");
  for (const names of forms) {
    const pick = (from: Arrays): [string, StoredArray][] =>
      names.map((name) => [(spec.prefix ?? "") + name, from[name]]);
    replayFlow({
      ...stored,
      params: Object.fromEntries([...kept, ...pick(derived!)]),
      grads: Object.fromEntries(pick(grads)),
      grads_derived: undefined,
    });
  }
}

function checkCheckerboard(stored: FlowStored): void {
  if (stored.checkerboard === undefined) return;
  const { shape_chw, inverted, mask } = stored.checkerboard;
  const ours = d.checkerboardMask(...shape_chw);
  const entries = Float64Array.from(inverted ? d.complement(ours) : ours);
  compare("the mask", new d.Tensor(entries, shape_chw), mask, valueBound(stored));
}

/** y = (x + noise)/levels, and ⌊levels·y⌋ = x. */
function checkDequantization(stored: FlowStored, { layer }: Adapted): void {
  const { y, buffers, spec } = stored;
  if (y === undefined) return;
  const noise = load(buffers![`${spec.prefix ?? ""}noise`]);
  const replaying = { uniform: () => noise, normal: () => noise } as unknown as d.Random;
  compare("y", d.dequantize(load(stored.x), spec.levels!, replaying), y, valueBound(stored));
  const shifted = layer.inverse(load(stored.z!)).x; // x itself: the noise is taken off again
  const integers = d.add(shifted, noise).data.map(Math.floor);
  compare("⌊levels·y⌋", new d.Tensor(integers, shifted.shape), stored.x, () => 0);
}
