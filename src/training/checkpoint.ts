// Training between two steps, as a file: a model file with more tensors, so that loadFlow opens it, too.

import type { Parameter } from "../autograd/variable.ts";
import type { Flow } from "../flows/flow.ts";
import { dataHash } from "../io/files/dataHash.ts";
import { type ModelExtra, writeFlow } from "../io/files/flowFile.ts";
import { TRAINING } from "../io/files/modelFile.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { Tensor, tensor } from "../tensor/tensor.ts";
import type { Values } from "./bestWeights.ts";
import type { Draw } from "./freshBatches.ts";
import { ownValidation, type TrainOptions } from "./trainOptions.ts";
import { hashOfRows, type Underway } from "./underway.ts";

/** A training, from its call on. */
export class Run {
  readonly flow: Flow;
  readonly x: Tensor | Draw;
  readonly options: TrainOptions;
  /** Null until the layers have seen their data. */
  underway: Underway | null = null;
  failed = false;
  /** The parameters that are trained, by name; all until training has looked. */
  trained: ReadonlyMap<string, Parameter> = new Map();
  #data: string | null = null;

  constructor(flow: Flow, x: Tensor | Draw, options: TrainOptions) {
    this.flow = flow;
    this.x = x;
    this.options = options;
  }

  /** The hash of all rows, computed once. */
  get data(): string {
    this.#data ??= hashOfData(this.x, this.options);
    return this.#data;
  }
}

/** What is drawn stands for no rows: a table has some. Where there are no weights they are not mentioned. */
function hashOfData(x: Tensor | Draw, options: TrainOptions): string {
  const own = ownValidation(options);
  const rows = [typeof x === "function" ? undefined : x, options.context, own?.x, own?.context];
  const weights = [options.weights, own?.weights];
  const weighted = weights.some((each) => each !== undefined);
  return dataHash([...rows, ...(weighted ? weights : [])].map((each) => each ?? tensor([])));
}

/** The trainings that can be saved, by what `train` and `fit` returned. */
const runs: WeakMap<object, Run> = /*#__PURE__*/ new WeakMap();

/** What `train` or `fit` returns, known from now on as that training. */
export function asRun<Returned extends object>(returned: Returned, run: Run): Returned {
  runs.set(returned, run);
  return returned;
}

/**
 * A training as a file, between two steps: weights, the optimiser's averages, the state of `random`, the place in the shuffled epoch, the best weights
 * so far. `run` is what `train` or `fit` returned; it may have come to its end, or been broken off.
 *
 * `train(flow, x, { resume: bytes, … })` with the same flow, data and options goes on as if it had never stopped: to the bit. The file is a
 * model file, too: `loadFlow` gives the flow as it is now. Of an objective with a random generator of its own that one's state is not known, nor of a function
 * that draws rows: these must come from `random` alone, and StateMismatchError tells if the first of them do not.
 *
 * Throws DomainError for anything else, for a training that has failed, when the flow is not defined at the rows of the last step (the next step takes
 * that back), for a flow that cannot be saved, and for an optimiser of your own without `state`.
 * Cost: the numbers, a hash of the data (once), and an evaluation of one batch.
 *
 * @example
 * const x = twoMoons().sample(64, new Random(1));
 * const make = () => realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(2) });
 * const [whole, stopped, resumed] = [make(), make(), make()];
 * await fit(whole, x, { random: new Random(3), steps: 4 });
 * const run = train(stopped, x, { random: new Random(3), steps: 4 });
 * for (const { step } of run) if (step === 2) break;
 * await fit(resumed, x, { random: new Random(9), steps: 4, resume: saveCheckpoint(run) });
 * equal(resumed.score(x), whole.score(x)).data.every((same) => same === 1); // true
 */
export function saveCheckpoint(run: object, extra: ModelExtra = {}): Uint8Array {
  const known = typeof run === "object" && run !== null ? runs.get(run) : undefined;
  if (known === undefined) {
    throw new DomainError(`saveCheckpoint: run must be what train or fit returned; got ${describeValue(run)}`);
  }
  const { flow, options, underway } = known;
  if (known.failed) throw new DomainError("saveCheckpoint: a training that has failed cannot go on; save the flow");
  const common = { data: known.data, settings: Object.fromEntries(settingsOf(options)) };
  if (underway === null) {
    const state = options.random.state();
    const texts = new Map([[TRAINING, JSON.stringify({ begun: false, start: state, random: state, ...common })]]);
    return writeFlow("saveCheckpoint", flow, extra, { texts, tensors: new Map() });
  }
  const { last, batch, optimizer, resumable, step } = underway;
  const goingOn = last.changedByOthers() === null;
  if (goingOn && step > 0 && !last.isDefinedAt(batch)) {
    throw new DomainError(
      `saveCheckpoint: the flow must be defined; step ${step} led where it is not, and the next one takes it back`,
    );
  }
  if (typeof optimizer.state !== "function") {
    throw new DomainError("saveCheckpoint: the optimizer must have methods state and restore; got one without");
  }
  const { numbers, tensors: memory } = optimizer.state();
  const { best, epochs, judged, losses } = resumable;
  const average = underway.average?.state() ?? null;
  const [names, parameters] = [[...last.named.keys()], last.parameters];
  const training = {
    ...{ begun: true, start: underway.start, random: options.random.state(), ...common },
    ...{ step, judged, batches: underway.batches.state() },
    ...{ bestStep: best.step, epochsSince: best.epochsSince, numbers, memory: Object.keys(memory) },
    ...(names.length < flow.parameters.length && { trained: names }),
    ...(typeof known.x === "function" && { drawn: hashOfRows(underway.rows) }),
    ...(average === null ? {} : { averagePower: average.power, bestAveraged: best.averaged }),
  };
  const perParameter = (prefix: string, values: readonly Tensor[]): [string, Tensor][] =>
    values.map((value, k) => [`${prefix}.${names[k]}`, value]);
  const shaped = (values: Values): Tensor[] => values.map((data, k) => new Tensor(data, parameters[k].shape));
  const tensors = new Map<string, Tensor>([
    ["losses", tensor(losses)],
    ["bestValue", tensor(best.value)],
    ["train", tensor(underway.train.slice(0, epochs))],
    ["validation", tensor(underway.validation.slice(0, epochs))],
    ...(goingOn ? [] : perParameter("last", shaped(last.weights))),
    ...(best.weights === null ? [] : perParameter("best", shaped(best.weights))),
    ...(average?.values ? perParameter("average", shaped(average.values)) : []),
    ...Object.entries(memory).flatMap(([key, values]) => perParameter(`optimizer.${key}`, values)),
  ]);
  return writeFlow("saveCheckpoint", flow, extra, { texts: new Map([[TRAINING, JSON.stringify(training)]]), tensors });
}

/** What must be as it was, for the place in the epoch to mean anything. */
export function settingsOf({
  batchSize = 256,
  validation,
  ema,
}: TrainOptions): [string, number | string | undefined][] {
  const held = typeof validation === "object" ? "rows" : validation || "none";
  return Object.entries({ batchSize, validation: held, ema });
}
