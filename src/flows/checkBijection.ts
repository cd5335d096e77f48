// A layer is right if numbers say so: everything that a Bijection promises, compared with its values.
import { grad } from "../autograd/grad.ts";
import { numericalJacobian } from "../autograd/numericalJacobian.ts";
import { add, mul } from "../autograd/ops/arithmetic.ts";
import { broadcastTo, reshape, sum } from "../autograd/ops/broadcast.ts";
import { noGrad } from "../autograd/rule.ts";
import { type Variable, variable } from "../autograd/variable.ts";
import { checkFlag, checkFunction, checkRandom } from "../tensor/checks.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkOptions } from "../tensor/options.ts";
import type { Random } from "../tensor/random.ts";
import { checkCount, formatShape, type Shape, sameShape, sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { asBijection } from "./asBijection.ts";
import type { Bijection, ForwardResult, InverseResult } from "./bijection.ts";
import { judgeLogDet, type LogDetVerdict } from "./certifiedLogDet.ts";
import { type BijectionReport, Findings } from "./findings.ts";
import { perturbParameters, randomizeParameters } from "./randomParameters.ts";

// B batch, D numbers in a point, C width of the context

const EPSILON = 2.220446049250313e-16;
/** How many layers are allowed for in one: rounding in the sum of their log-dets is proportional to it. */
const LAYERS = 6;
/** Parameters of at most this many entries are looked at entry by entry, larger ones along a random direction. */
const ENTRY_BY_ENTRY = 24;

/** What {@link checkBijection} takes. */
export interface CheckBijectionOptions {
  /** Draws points, contexts and parameters. */
  readonly random: Random;
  /** How many points are looked at; 5 by default. */
  readonly points?: number;
  /** Draws data points [B, ...dataShape] where the layer is defined, and away from its kinks; N(0, 1) by default. */
  readonly draw?: (random: Random, shape: Shape, layer: Bijection, context?: Tensor) => Tensor;
  /** "random" (the default) puts parameters far from their start, "near" moves them a little, "kept" leaves them. */
  readonly parameters?: "random" | "near" | "kept";
  /** Whether gradients are looked at, too; true by default. They are most of the cost. */
  readonly gradients?: boolean;
}

/**
 * Compares a layer with numbers, at random points, contexts and *parameters*: shapes; that all is finite; log|det J| both ways with
 * the certified numerical Jacobian; x = f⁻¹(f(x)); that the log-dets cancel; and the gradients of points and log-dets, both ways, in points,
 * context and parameters. Parameters are what they were when it returns, whatever happens.
 *
 * A right layer passes: all bounds are derived (docs/numerics.md), there is no tolerance to choose. A DiffeoError that the layer throws is a failure;
 * other errors are let through. It cannot see what kinks or the points drawn hide, nor whether `definition` is right.
 *
 * Cost: 110·D evaluations of each way and O(D³), for each point, and as many gradients as there are entries, or 24 for each parameter.
 * Throws DomainError for options that are none.
 *
 * @example
 * const wrong = layer({
 *   shape: [1],
 *   forward: (x) => ({ z: mul(x, 2), logDet: zeros([x.shape[0]]) }),
 *   inverse: (z) => ({ x: mul(z, 0.5), logDet: zeros([z.shape[0]]) }),
 * });
 * checkBijection(wrong, { random: new Random(1) }).failures.length; // 2: the log-dets of both ways
 * checkBijection(expFlow({ dimensions: 1 }), { random: new Random(1) }).ok; // true
 */
export function checkBijection(layer: Bijection, options: CheckBijectionOptions): BijectionReport {
  asBijection("checkBijection", "layer", layer);
  checkOptions("checkBijection", options, {
    random: true,
    points: true,
    draw: true,
    parameters: true,
    gradients: true,
  });
  const { random, points = 5, draw, parameters = "random", gradients = true } = options;
  checkRandom("checkBijection", random);
  if (draw !== undefined) checkFunction("checkBijection", "draw", draw);
  checkFlag("checkBijection", "gradients", gradients);
  checkCount("checkBijection", "points", points, 1);
  if (!["random", "near", "kept"].includes(parameters)) {
    throw new DomainError(
      `checkBijection: parameters must be "random", "near" or "kept"; got ${describeValue(parameters)}`,
    );
  }
  const findings = new Findings();
  const saved = layer.parameters.map(({ data, shape }) => new Tensor(data, shape));
  const restore = (): void => {
    for (const [k, parameter] of layer.parameters.entries()) parameter.assign(saved[k]);
  };
  try {
    for (let n = 0; n < points; n++) {
      if (parameters === "random") randomizeParameters(layer, random);
      if (parameters === "near") perturbParameters(layer, random);
      findings.attempt(`point ${n}`, () => checkPoint(layer, options, findings, `point ${n}`));
      restore();
    }
  } finally {
    restore();
  }
  return findings.report();
}

type Way = "forward" | "inverse";

/** One way through a layer: points and log-dets of points. */
function through(layer: Bijection, way: Way): (points: Tensor, context?: Tensor) => { to: Variable; logDet: Variable } {
  return (points, context) => {
    const came: unknown = layer[way](points, context);
    if (typeof came !== "object" || came === null) {
      throw new DomainError(`checkBijection: ${way} must return points and log-dets; got ${describeValue(came)}`);
    }
    const { z, x, logDet } = came as ForwardResult & InverseResult;
    return { to: way === "forward" ? z : x, logDet };
  };
}

function checkPoint(
  layer: Bijection,
  { random, draw, gradients = true }: CheckBijectionOptions,
  findings: Findings,
  where: string,
): void {
  const C = layer.context ?? 0;
  const context = C === 0 ? undefined : random.normal([1, C]);
  const shape = [1, ...layer.dataShape];
  const x = draw === undefined ? random.normal(shape) : draw(random, shape, layer, context);
  const there = noGrad(() => through(layer, "forward")(x, context));
  const fits = checkShape(findings, `z at ${where}`, there.to, [1, ...layer.latentShape]);
  if (!checkShape(findings, `the log-det of forward at ${where}`, there.logDet, [1]) || !fits) return;
  const z = new Tensor(there.to.data, there.to.shape);
  const back = noGrad(() => through(layer, "inverse")(z, context));
  const returns = checkShape(findings, `x at ${where}`, back.to, shape);
  if (!checkShape(findings, `the log-det of inverse at ${where}`, back.logDet, [1]) || !returns) return;
  const finite = [there.to, there.logDet, back.to, back.logDet].every(({ data }) => data.every(Number.isFinite));
  findings.compare("finite", finite ? 0 : Number.POSITIVE_INFINITY, 0, `what comes at ${where}, x = ${list(x)}`);
  if (!finite) return;

  const verdict = checkLogDet(layer, "forward", x, context, there.logDet.item(), findings, where);
  checkLogDet(layer, "inverse", z, context, back.logDet.item(), findings, where);
  const { norm, inverseNorm } = verdict;
  const D = x.size;
  // the terms of which h is made, at most ‖J‖·‖x‖ each, are rounded, and J⁻¹ brings that back
  const terms = largest(x) + inverseNorm * (1 + largest(z) + 2 * norm * (1 + largest(x)));
  const away = largest(
    new Tensor(
      back.to.data.map((value, i) => value - x.data[i]),
      x.shape,
    ),
  );
  if (Number.isFinite(terms))
    findings.compare("round trip", away, 8 * EPSILON * LAYERS * terms, `${where}, x = ${list(x)}`);
  const total = Math.abs(there.logDet.item() + back.logDet.item());
  const size = 1 + LAYERS + Math.abs(there.logDet.item());
  const condition = Number.isFinite(norm * inverseNorm) ? Math.max(1, norm * inverseNorm) : 1;
  findings.compare("log-dets cancel", total, 64 * D * EPSILON * size * condition, `${where}, x = ${list(x)}`);
  if (!gradients) return;
  checkGradients(layer, "forward", x, context, random, findings, where);
  checkGradients(layer, "inverse", z, context, random, findings, where);
}

function checkShape(findings: Findings, what: string, came: Tensor, shape: Shape): boolean {
  const right = came instanceof Tensor && sameShape(came.shape, shape);
  const got = came instanceof Tensor ? formatShape(came.shape) : describeValue(came);
  findings.compare(
    "shapes",
    right ? 0 : Number.POSITIVE_INFINITY,
    0,
    `${what} must be ${formatShape(shape)}; got ${got}`,
  );
  return right;
}

function checkLogDet(
  layer: Bijection,
  way: Way,
  from: Tensor,
  context: Tensor | undefined,
  logDet: number,
  findings: Findings,
  where: string,
): LogDetVerdict {
  const go = through(layer, way);
  const verdict = judgeLogDet({
    map: (points) => noGrad(() => go(points, context && repeated(context, points.shape[0])).to),
    point: new Tensor(from.data, from.shape.slice(1)),
    logDet,
    layers: LAYERS,
    sumOfSizes: LAYERS + Math.abs(logDet),
  });
  const says = `${where}: ${logDet}, numerically ${verdict.numeric}`;
  if (verdict.verdict === "inconclusive") findings.miss(`log-det of ${way}`);
  else findings.compare(`log-det of ${way}`, verdict.error, verdict.bound, says);
  return verdict;
}

/** The gradients of ⟨w, points⟩ + log-det, w random: what log-densities of data and of samples are made of. */
function checkGradients(
  layer: Bijection,
  way: Way,
  from: Tensor,
  context: Tensor | undefined,
  random: Random,
  findings: Findings,
  where: string,
): void {
  const go = through(layer, way);
  const weights = random.normal([from.size]);
  const score = (points: Tensor, given?: Tensor): Variable => {
    const { to, logDet } = go(points, given);
    return add(sum(mul(reshape(to, [to.shape[0], from.size]), weights), 1), logDet);
  };
  const at = variable(from);
  const given = context && variable(context);
  const leaves = [at, ...(given ? [given] : []), ...layer.parameters];
  const [ofPoint, ...others] = grad(sum(score(at, given)), leaves);
  const row = (t: Tensor): Tensor => new Tensor(t.data, t.shape.slice(1));
  const batched = { batched: true };
  const name = `gradient of ${way}`;
  const byPoint = numericalJacobian(
    (t) => noGrad(() => score(t, context && repeated(context, t.shape[0]))),
    row(from),
    batched,
  );
  findings.judge(name, `the point, ${where}`, ofPoint, byPoint);
  if (context) {
    const by = numericalJacobian((t) => noGrad(() => score(repeated(from, t.shape[0]), t)), row(context), batched);
    findings.judge(name, `the context, ${where}`, others[0], by);
  }
  layer.parameters.forEach((parameter, k) => {
    const analytic = others[k + (context ? 1 : 0)];
    const start = new Tensor(parameter.data, parameter.shape);
    const entries = parameter.size <= ENTRY_BY_ENTRY;
    const direction = random.normal(parameter.shape);
    try {
      const by = numericalJacobian(
        (t) => {
          parameter.assign(entries ? t : noGrad(() => add(start, mul(t, direction))));
          return noGrad(() => score(from, context));
        },
        entries ? start : new Tensor(new Float64Array(1), [1]),
      );
      const claimed = entries ? analytic : noGrad(() => reshape(sum(mul(analytic, direction)), [1]));
      findings.judge(name, `parameter ${k} (${parameter.name}), ${where}`, claimed, by);
    } finally {
      parameter.assign(start);
    }
  });
}

/** One row [1, ...] N times: [N, ...]. */
function repeated(row: Tensor, N: number): Tensor {
  return noGrad(() => broadcastTo(row, [N, ...row.shape.slice(1)]));
}

function largest({ data }: Tensor): number {
  return data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function list(x: Tensor): string {
  const shown = Array.from(x.data.slice(0, 6)).join(", ");
  return sizeOf(x.shape) > 6 ? `(${shown}, …)` : `(${shown})`;
}
