import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { compare, valueBound } from "./compare.ts";
import { load, loadAll, type StoredArray, type StoredCase } from "./load.ts";

type Arrays = Readonly<Record<string, StoredArray>>;

interface ScheduleStored {
  readonly kind: "cosine" | "step" | "exponential" | "multistep" | "linear_warmup" | "warmup_cosine";
  readonly lr0?: number;
  readonly T_max?: number;
  readonly eta_min?: number;
  readonly step_size?: number;
  readonly gamma?: number;
  readonly milestones?: readonly number[];
  readonly start_factor?: number;
  readonly end_factor?: number;
  readonly total_iters?: number;
  readonly warmup_steps?: number;
  readonly total_steps?: number;
}

/** A case of optim.json: a trace of an optimiser on a problem, or the learning rates of a schedule. */
export interface OptimizerStored extends StoredCase {
  readonly algorithm?: "sgd" | "adam" | "adamw" | "rmsprop";
  readonly problem?: "quadratic" | "rosenbrock" | "least_squares";
  readonly problem_data?: Readonly<Record<string, StoredArray | number>>;
  readonly config?: {
    readonly lr: number;
    readonly momentum?: number;
    readonly dampening?: number;
    readonly nesterov?: boolean;
    readonly weight_decay?: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
    readonly amsgrad?: boolean;
    readonly alpha?: number;
    readonly centered?: boolean;
  };
  readonly steps?: number;
  readonly trace?: {
    readonly params: readonly Arrays[];
    readonly grads: readonly Arrays[];
    readonly losses: readonly number[];
    readonly lr: readonly number[];
    readonly grad_norm?: readonly number[];
  };
  readonly clip?: { readonly kind: "norm"; readonly max_norm: number };
  readonly schedule?: ScheduleStored;
  readonly lr?: readonly number[];
}

/** The losses of the file, each as a function of its parameters. */
function lossOf({
  problem,
  problem_data = {},
}: OptimizerStored): (p: Readonly<Record<string, d.Variable>>) => d.Variable {
  if (problem === "rosenbrock") {
    const { a, c } = problem_data as { a: number; c: number }; // (a − x₀)² + c(x₁ − x₀²)²
    return ({ x }) => {
      const [x0, x1] = [d.slice(x, 0), d.slice(x, 1)];
      return d.add(d.square(d.sub(a, x0)), d.mul(c, d.square(d.sub(x1, d.square(x0)))));
    };
  }
  const data = loadAll(problem_data as Arrays);
  if (problem === "quadratic") {
    return ({ x }) => d.sub(d.mul(0.5, d.matmul(x, d.matmul(data.A, x))), d.matmul(data.b, x)); // ½xᵀAx − bᵀx
  }
  assert.equal(problem, "least_squares");
  return ({ W, b }) => {
    const residuals = d.sub(d.add(d.matmul(data.X, W, "NT"), b), data.Y);
    return d.div(d.sum(d.square(residuals)), residuals.size); // mean((X·Wᵀ + b − Y)²)
  };
}

function optimizerOf({ algorithm, config }: OptimizerStored, parameters: readonly d.Parameter[]): d.Optimizer {
  const { lr: learningRate, weight_decay, ...rest } = config!;
  const options = { learningRate, ...rest, ...(weight_decay === undefined ? {} : { weightDecay: weight_decay }) };
  const make = { sgd: d.sgd, adam: d.adam, adamw: d.adamW, rmsprop: d.rmsprop }[algorithm!];
  return (make ?? assert.fail(`the adapter knows no optimiser ${algorithm}`))(parameters, options);
}

function scheduleOf(stored: ScheduleStored, learningRate: number): d.Schedule {
  const { gamma, milestones, warmup_steps, T_max, eta_min, step_size } = stored;
  const { start_factor: start, end_factor: end, total_iters, total_steps } = stored;
  switch (stored.kind) {
    case "cosine":
      return d.cosineSchedule({ learningRate, steps: T_max!, minimum: eta_min });
    case "step":
      return d.stepSchedule({ learningRate, stepSize: step_size!, gamma });
    case "multistep":
      return d.multiStepSchedule({ learningRate, milestones: milestones!, gamma });
    case "exponential":
      return d.exponentialSchedule({ learningRate, gamma: gamma! });
    case "linear_warmup":
      return d.warmupSchedule({ learningRate, steps: total_iters!, start, end });
    case "warmup_cosine":
      return d.warmupCosineSchedule({ learningRate, warmupSteps: warmup_steps!, steps: total_steps! });
    default:
      return assert.fail(`the adapter knows no schedule ${stored.kind}`);
  }
}

/** Replays one case. */
export function replayOptimizer(stored: OptimizerStored): void {
  const { schedule, lr, trace } = stored;
  const close = (what: string, got: number, expected: number): void =>
    compare(what, new d.Tensor(Float64Array.of(got), []), { shape: [], data: [expected] }, valueBound(stored));
  const rate = schedule && scheduleOf(schedule, schedule.lr0 ?? stored.config!.lr);
  lr?.forEach((expected, k) => {
    close(`the learning rate of step ${k}`, rate!(k), expected);
  });
  if (trace === undefined) return;

  const names = Object.keys(trace.params[0]);
  const parameters = names.map((name) => d.parameter(load(trace.params[0][name]), name));
  const byName = Object.fromEntries(names.map((name, i) => [name, parameters[i]]));
  const optimizer = optimizerOf(stored, parameters);
  const evaluate = d.valueAndGrad((...xs: d.Variable[]) =>
    lossOf(stored)(Object.fromEntries(names.map((name, i) => [name, xs[i]]))),
  );
  trace.losses.forEach((loss, k) => {
    for (const name of names)
      compare(`${name} before step ${k}`, byName[name], trace.params[k][name], valueBound(stored));
    const { value, grads } = evaluate(...parameters);
    close(`the loss before step ${k}`, value.item(), loss);
    if (k === trace.losses.length - 1) return;
    names.forEach((name, i) => {
      compare(`the gradient of ${name} in step ${k}`, grads[i], trace.grads[k][name], valueBound(stored));
    });
    const rateNow = rate ? rate(k) : stored.config!.lr;
    close(`the learning rate of step ${k}`, rateNow, trace.lr[k]);
    if (trace.grad_norm) close(`the norm in step ${k}`, d.gradNorm(grads), trace.grad_norm[k]);
    optimizer.step(stored.clip ? d.clipGradNorm(grads, stored.clip.max_norm) : grads, rateNow);
  });
}
