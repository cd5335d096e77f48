import { DiffeoError, DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { formatShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { add } from "./ops/arithmetic.ts";
import { type Application, forDifferentiation, isForDifferentiation, isRecording, withRecording } from "./rule.ts";
import { Parameter, Variable, variable } from "./variable.ts";

/**
 * A Parameter was assigned after the graph that is to be differentiated had read it.
 *
 * @example
 * const w = parameter([1, 2]);
 * const y = sum(square(w));
 * w.assign(tensor([3, 4]));
 * grad(y, [w]); // throws StaleGraphError
 */
export class StaleGraphError extends DiffeoError {
  readonly code = "STALE_GRAPH";
  override readonly name = "StaleGraphError";
}

/** What {@link grad} takes. */
export interface GradOptions {
  /**
   * Record the backward pass, too, so that the gradients can be differentiated. On by default inside a function that `valueAndGrad`,
   * `vjp`, `jvp`, `jacobian` or `hessian` differentiates, off elsewhere.
   */
  readonly createGraph?: boolean;
}

/**
 * ∂y/∂x for each x: reverse-mode differentiation of one number y with respect to any Variables it was computed from.
 *
 * Reverse mode is the chain rule from y backwards. For every Variable v between the xs and y it keeps the cotangent ∂y/∂v, beginning
 * with ∂y/∂y = 1; what is used in several places gets the sum of what comes from each. Applications are numbered as they happen, so
 * going through them from the last to the first meets every result before the inputs it came from: when an application is asked for the
 * cotangents of its inputs, those of its results are complete. No recursion, however deep the graph.
 *
 * Shape: each gradient has the shape of its x; an x that y does not depend on gets zeros.
 * Cost: a small multiple of computing y. Throws ShapeError unless y has one element; DomainError for anything but
 * Variables, and where y was computed from a gradient without `createGraph`, which does not know how it was made;
 * StaleGraphError if a Parameter of the graph has been assigned since.
 * Reference: Baydin, Pearlmutter, Radul & Siskind (2018), Automatic differentiation in machine learning: a survey,
 * https://arxiv.org/abs/1502.05767, §3.2.
 *
 * @example
 * const x = variable([1, 2]);
 * grad(sum(square(x)), [x])[0]; // [2, 4]
 */
export function grad(y: Variable, xs: readonly Variable[], options: GradOptions = {}): Variable[] {
  if (!(y instanceof Variable)) {
    throw new DomainError(`grad: y must be a Variable, the result of ops; got ${describeValue(y)}`);
  }
  if (y.size !== 1) throw new ShapeError(`grad: y must have one element; got shape ${formatShape(y.shape)}`);
  for (const x of xs as readonly unknown[]) {
    if (x instanceof Variable) continue;
    throw new DomainError(
      `grad: every x must be a Variable, made before y is (variable(x) makes one); got ${describeValue(x)}`,
    );
  }

  return pullBack(y, xs, new Variable(new Float64Array(1).fill(1), y.shape), options);
}

/** Jᵀ·cotangent for each x: the backward pass from y, whatever its shape, to the xs. */
export function pullBack(
  y: Variable,
  xs: readonly Variable[],
  cotangent: Variable,
  options: GradOptions = {},
): Variable[] {
  const createGraph = options.createGraph ?? isForDifferentiation();
  const gradients = withRecording(createGraph, () => throughApplications(y, xs, cotangent));
  if (createGraph || !isRecording()) return gradients;
  const leaves = leavesBehind([y, cotangent]);
  return gradients.map((gradient) => withoutHistory(gradient, leaves));
}

/** The backward pass itself: from the last application to the first. */
function throughApplications(y: Variable, xs: readonly Variable[], cotangent: Variable): Variable[] {
  const applications = applicationsBehind(y);
  const wanted = new Set<Tensor>(xs);
  const leadsToX = pathsTo(wanted, applications);
  checkHistory(y, wanted, applications, leadsToX);
  const cotangents = new Map<Variable, Variable>([[y, cotangent]]);

  for (let i = applications.length - 1; i >= 0; i--) {
    const application = applications[i];
    if (!application.inputs.some(leadsToX) || !application.outputs.some((output) => cotangents.has(output))) continue;
    const thunks = application.pull((output) => cotangents.get(output));
    application.inputs.forEach((input, k) => {
      if (!leadsToX(input)) return;
      const before = cotangents.get(input);
      const contribution = thunks[k]();
      cotangents.set(input, before === undefined ? contribution : add(before, contribution));
    });
    // nobody asks for these again; without them the memory of a backward pass does not grow with its length
    for (const output of application.outputs) if (!wanted.has(output)) cotangents.delete(output);
  }
  return xs.map((x) => cotangents.get(x) ?? new Variable(new Float64Array(x.size), x.shape));
}

/**
 * Results of backward passes that were not recorded although recording was on, each with the leaves that it would depend on: of these it
 * is no constant, although it looks like one.
 */
const lostHistory = /*#__PURE__*/ new WeakMap<Tensor, ReadonlySet<Tensor>>();

/** Notes of what a gradient would be a function if it had been recorded. */
export function withoutHistory(gradient: Variable, leaves: ReadonlySet<Tensor>): Variable {
  lostHistory.set(gradient, leaves);
  return gradient;
}

/** The Variables that nothing made, among those that the ys came from; of lost histories, too. */
export function leavesBehind(ys: Iterable<Tensor>): ReadonlySet<Tensor> {
  const leaves = new Set<Tensor>();
  const seen = new Set<Application>();
  const rest = [...ys];
  for (let x = rest.pop(); x !== undefined; x = rest.pop()) {
    if (!(x instanceof Variable) || leaves.has(x)) continue;
    if (x.source === null) {
      leaves.add(x);
      for (const leaf of lostHistory.get(x) ?? []) leaves.add(leaf);
    } else if (!seen.has(x.source)) {
      seen.add(x.source);
      rest.push(...x.source.inputs);
    }
  }
  return leaves;
}

/** Throws if y was computed from a gradient whose history is lost and leads to an x; what lies behind an x alone is no matter. */
function checkHistory(
  y: Variable,
  wanted: ReadonlySet<Tensor>,
  applications: readonly Application[],
  leadsToX: (input: Tensor) => boolean,
): void {
  if (!lostHistory.has(y) && !applications.some(({ inputs }) => inputs.some((x) => lostHistory.has(x)))) return;
  const leaves = leavesBehind(wanted);
  const seen = new Set<Tensor>();
  const rest: Tensor[] = [y];
  for (let x = rest.pop(); x !== undefined; x = rest.pop()) {
    const { source = null } = x as Variable;
    if (seen.has(x) || (wanted.has(x) && !source?.inputs.some(leadsToX))) continue;
    seen.add(x);
    if ([...(lostHistory.get(x) ?? [])].some((leaf) => leaves.has(leaf))) {
      throw new DomainError(
        "grad: what is differentiated must know how it was made; got something computed from a gradient that was not recorded: " +
          "pass { createGraph: true } where that gradient is taken, or detach() it if it is meant as a constant",
      );
    }
    if (source !== null) rest.push(...source.inputs);
  }
}

/** Every application that y came from, in the order in which they happened. Throws StaleGraphError. */
export function applicationsBehind(y: Variable): Application[] {
  const seen = new Set<Application>();
  const found: Application[] = [];
  const visit = (x: Tensor): void => {
    if (!(x instanceof Variable) || x.source === null || seen.has(x.source)) return;
    seen.add(x.source);
    found.push(x.source);
  };
  visit(y);
  for (let next = 0; next < found.length; next++) {
    checkVersions(found[next]);
    found[next].inputs.forEach(visit);
  }
  return found.sort((a, b) => a.number - b.number);
}

function checkVersions({ rule, inputs, versions }: Application): void {
  versions?.forEach((version, k) => {
    const input = inputs[k];
    if (input instanceof Parameter && input.version !== version) {
      const name = input.name === "" ? "a parameter" : `parameter ${input.name}`;
      throw new StaleGraphError(
        `grad: the graph must be newer than its parameters; ${name} was assigned after ${rule.name} read it`,
      );
    }
  });
}

/** Whether a tensor is one of the xs, or was computed from one: only there do cotangents have to flow. */
function pathsTo(
  wanted: ReadonlySet<Tensor>,
  applications: readonly Application[],
): (input: Tensor) => input is Variable {
  const passing = new Set<Application>();
  const leadsToX = (input: Tensor): input is Variable =>
    wanted.has(input) || (input instanceof Variable && input.source !== null && passing.has(input.source));
  for (const application of applications) if (application.inputs.some(leadsToX)) passing.add(application);
  return leadsToX;
}

/** What {@link valueAndGrad} gives back: f's value, and its gradient with respect to each argument. */
export interface ValueAndGrads {
  /** f(x₁, x₂, …), one number. */
  readonly value: Variable;
  /** ∂f/∂x₁, ∂f/∂x₂, …, each in the shape of its argument. */
  readonly grads: Variable[];
}

/**
 * The function (x₁, x₂, …) ↦ f and ∂f/∂x₁, ∂f/∂x₂, … Plain Tensors among the arguments are taken as leaves.
 *
 * It may be used inside itself: derivatives that f takes are recorded. Cost: a small multiple of f, however many arguments.
 * Throws what {@link grad} throws.
 *
 * @example
 * const { value, grads } = valueAndGrad((x) => sum(square(x)))(tensor([1, 2]));
 * value; // 5
 * grads; // [[2, 4]]
 */
export function valueAndGrad(f: (...xs: Variable[]) => Variable): (...xs: Tensor[]) => ValueAndGrads {
  return (...xs) => {
    const leaves = xs.map((x) => (x instanceof Variable ? x : variable(x)));
    const value = forDifferentiation(() => f(...leaves));
    return { value, grads: grad(value, leaves) };
  };
}
