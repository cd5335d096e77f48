import { Flow, Random, type Tensor, zeros } from "diffeo";

// How the methods of what public functions return are called rightly.

/** What a method may ask for the shapes of its arguments. */
interface Made {
  readonly eventShape?: readonly number[];
  readonly dataShape?: readonly number[];
  readonly latentShape?: readonly number[];
  readonly context?: number;
  readonly rawPerDimension?: number;
  readonly definition?: { readonly type: string; readonly inputs?: number };
}

/** A method, and how it is called rightly. */
export interface Method {
  readonly name: string;
  readonly call: (...args: unknown[]) => unknown;
  readonly valid: () => unknown[];
}

const draw = (): unknown[] => [3, new Random(1)];
const rows = (shape: readonly number[] = [2]): Tensor => new Random(1).uniform([2, ...shape], 0.1, 0.9);

const ARGUMENTS: Readonly<Record<string, (made: Made) => unknown[]>> = {
  logProb: ({ eventShape, dataShape }) => [rows(eventShape ?? dataShape)],
  sample: draw,
  sampleAt: () => [0.5, ...draw()],
  sampleWithLogProb: draw,
  entropy: () => [],
  mean: () => [],
  variance: () => [],
  covariance: () => [],
  median: () => [],
  location: () => [],
  cdf: ({ eventShape }) => [rows(eventShape)],
  logCdf: ({ eventShape }) => [rows(eventShape)],
  survival: ({ eventShape }) => [rows(eventShape)],
  logSurvival: ({ eventShape }) => [rows(eventShape)],
  icdf: ({ eventShape }) => [rows(eventShape)],
  quantile: ({ eventShape }) => [rows(eventShape)],
  matrix: () => [],
  inverseMatrix: () => [],
  named: () => [],
  score: ({ dataShape }) => [rows(dataShape)],
  sampleEach: ({ context = 0 }) => [3, new Random(1), new Random(3).normal([2, context])],
  toLatent: ({ dataShape }) => [rows(dataShape)],
  trace: ({ dataShape }) => [rows(dataShape)],
  toData: ({ latentShape }) => [rows(latentShape)],
  initialize: ({ dataShape }) => [rows(dataShape)],
  forward: ({ dataShape, rawPerDimension: P }) => (P === undefined ? [rows(dataShape)] : [rows(), zeros([2, 2 * P])]),
  inverse: ({ latentShape, rawPerDimension: P }) =>
    P === undefined ? [rows(latentShape)] : [rows(), zeros([2, 2 * P])],
  apply: ({ definition: { type, inputs = 2 } = { type: "" } }) => [
    rows(type === "convNet" ? [inputs, 3, 3] : [inputs]),
  ],
};

/** What a layer's inner loop calls, with arrays that it made itself. */
const INTERNAL = ["inverseEach"];

/** The methods of what a public function has returned; of a function, itself. Throws for a method that is not in the list above. */
export function methodsOf(made: unknown): Method[] {
  if (typeof made === "function") {
    return [{ name: "it", call: made as Method["call"], valid: () => [[2], new Random(1)] }];
  }
  if (!(made instanceof Flow || (typeof made === "object" && Object.getPrototypeOf(made) === Object.prototype)))
    return [];
  const object = made as Readonly<Record<string, unknown>>;
  const names = made instanceof Flow ? Object.getOwnPropertyNames(Flow.prototype).slice(1) : Object.keys(object);
  const shapes = (made instanceof Flow ? made.bijection : made) as Made;
  const context = shapes.context ? [new Random(3).normal([1, shapes.context])] : [];
  return names
    .filter((name) => typeof object[name] === "function" && !INTERNAL.includes(name))
    .map((name) => {
      if (!Object.hasOwn(ARGUMENTS, name)) throw new Error(`nobody says how the method ${name} is called`);
      return {
        name,
        call: (...args) => (object[name] as Method["call"]).apply(made, args),
        valid: () => [...ARGUMENTS[name](shapes), ...(name === "sampleEach" ? [] : context)],
      };
    });
}
