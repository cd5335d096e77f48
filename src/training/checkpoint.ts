// Training between two steps, as a file: a model file with more tensors, so that loadFlow opens it, too.

import { namedParameters } from "../autograd/parts.ts";
import type { Flow } from "../flows/flow.ts";
import { restoreBuffers } from "../flows/layer.ts";
import { dataHash } from "../io/files/dataHash.ts";
import { type ModelExtra, writeFlow } from "../io/files/flowFile.ts";
import { bytesOf, FLOW, jsonIn, type ModelFile, readModelFile, TRAINING } from "../io/files/modelFile.ts";
import { tensorIn } from "../io/files/safetensors.ts";
import { FormatError } from "../io/formatError.ts";
import { boolean, listOf, number, Place, type Reader, size, text } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { Random, type RandomState } from "../tensor/random.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor, tensor } from "../tensor/tensor.ts";
import type { BatchesState } from "./batches.ts";
import { install, type Values } from "./bestWeights.ts";
import { StateMismatchError } from "./stateMismatchError.ts";
import { ownValidation, type TrainOptions } from "./trainOptions.ts";
import type { SavedTraining, Underway } from "./underway.ts";

/** A training, from its call on. */
export class Run {
  readonly flow: Flow;
  readonly x: Tensor;
  readonly options: TrainOptions;
  /** Null until the layers have seen their data. */
  underway: Underway | null = null;
  failed = false;
  #data: string | null = null;

  constructor(flow: Flow, x: Tensor, options: TrainOptions) {
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

function hashOfData(x: Tensor, options: TrainOptions): string {
  const own = ownValidation(options);
  return dataHash([x, options.context, own?.x, own?.context].map((each) => each ?? tensor([])));
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
 * model file, too: `loadFlow` gives the flow as it is now. Of an objective with a random generator of its own that one's state is not known.
 *
 * Throws DomainError for anything else, for a training that has failed, when the flow is not defined at the rows of the last step (the next step takes
 * that back), for a flow that cannot be saved, and for an optimiser of your own without `state`.
 * Cost: the numbers, a hash of the data (once), and an evaluation of one batch.
 *
 * @example
 * const run = train(flow, x, { random, steps: 1000 });
 * for (const { step } of run) if (step === 500) break;
 * writeFileSync("checkpoint.safetensors", saveCheckpoint(run));
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
  const training = {
    ...{ begun: true, start: underway.start, random: options.random.state(), ...common },
    ...{ step, judged, batches: underway.batches.state() },
    ...{ bestStep: best.step, epochsSince: best.epochsSince, numbers, memory: Object.keys(memory) },
  };
  const names = [...namedParameters(flow).keys()];
  const perParameter = (prefix: string, values: readonly Tensor[]): [string, Tensor][] =>
    values.map((value, k) => [`${prefix}.${names[k]}`, value]);
  const shaped = (values: Values): Tensor[] => values.map((data, k) => new Tensor(data, flow.parameters[k].shape));
  const tensors = new Map<string, Tensor>([
    ["losses", tensor(losses)],
    ["bestValue", tensor(best.value)],
    ["train", tensor(underway.train.slice(0, epochs))],
    ["validation", tensor(underway.validation.slice(0, epochs))],
    ...(goingOn ? [] : perParameter("last", shaped(last.weights))),
    ...(best.weights === null ? [] : perParameter("best", shaped(best.weights))),
    ...Object.entries(memory).flatMap(([key, values]) => perParameter(`optimizer.${key}`, values)),
  ]);
  return writeFlow("saveCheckpoint", flow, extra, { texts: new Map([[TRAINING, JSON.stringify(training)]]), tensors });
}

/** What must be as it was, for the place in the epoch to mean anything. */
function settingsOf({ batchSize = 256, validation }: TrainOptions): [string, number | string][] {
  const held = typeof validation === "object" ? "rows" : (validation ?? "none");
  return Object.entries({ batchSize, validation: held });
}

/**
 * What a checkpoint says, checked against the flow, the data and the settings that training is to go on with; nothing has changed yet. Throws FormatError for a
 * file that is none or damaged, StateMismatchError for one of something else.
 */
export function readCheckpoint(operation: string, bytes: Uint8Array, run: Run): SavedTraining {
  const file = readModelFile(operation, bytesOf(operation, bytes));
  const { flow, options } = run;
  return inFile(operation, () => {
    const said = jsonIn(operation, file, TRAINING) as { readonly [field: string]: unknown };
    const at = Place.top(operation, {}, {}).at(TRAINING);
    const field = <Value>(name: string, read: Reader<Value>): Value => read(said?.[name], at.at(name));
    const begun = field("begun", boolean);
    const differences = [
      ...differencesOf(operation, flow, file),
      ...(said.data === run.data ? [] : ["the rows, their contexts or the validation rows are others"]),
      ...settingsOf(options)
        .filter(([name, value]) => (said.settings as Record<string, unknown> | undefined)?.[name] !== value)
        .map(([name, value]) => `${name} is ${value}, there it was ${describeValue((said.settings as never)?.[name])}`),
    ];
    if (differences.length > 0) throw new StateMismatchError(operation, differences);
    const named = namedParameters(flow);
    const numbersIn = (name: string): Tensor => {
      if (file.tensors.has(`training.${name}`)) return tensorIn(operation, file, `training.${name}`);
      throw new FormatError(`${operation}: the checkpoint must have training.${name}; there is none`, 0);
    };
    const perParameter = (prefix: string): Tensor[] => [...named.keys()].map((name) => numbersIn(`${prefix}.${name}`));
    const has = (prefix: string): boolean =>
      [...named.keys()].some((name) => file.tensors.has(`training.${prefix}.${name}`));
    const weights = (has("last") ? perParameter("last") : parametersIn(operation, flow, file)).map(({ data }) => data);
    const random = { start: field("start", randomState), random: field("random", randomState) };
    const restore = (): void => {
      restoreBuffersFrom(operation, flow, file);
      install(flow.parameters, weights);
    };
    if (!begun) return { begun, ...random, ...NOTHING_YET, restore };
    return {
      ...{ begun, ...random, restore },
      step: field("step", size),
      batches: field("batches", batchesState),
      train: [...numbersIn("train").data],
      validation: [...numbersIn("validation").data],
      resumable: {
        losses: numbersIn("losses").item(),
        judged: field("judged", size),
        epochs: numbersIn("train").size,
        best: {
          value: numbersIn("bestValue").item(),
          weights: has("best") ? perParameter("best").map(({ data }) => data) : null,
          step: field("bestStep", size),
          epochsSince: field("epochsSince", size),
        },
      },
      optimizer: {
        numbers: field("numbers", numbersByName),
        tensors: Object.fromEntries(
          field("memory", listOf(text)).map((key) => [key, perParameter(`optimizer.${key}`)]),
        ),
      },
    };
  });
}

const NOTHING_YET = {
  ...{ step: 0, batches: null, train: [], validation: [], optimizer: { numbers: {}, tensors: {} } },
  resumable: {
    losses: 0,
    judged: 0,
    epochs: 0,
    best: { value: Number.POSITIVE_INFINITY, weights: null, step: 0, epochsSince: 0 },
  },
};

const randomState: Reader<RandomState> = (value, at) => at.make(() => Random.from(value as RandomState).state());

const batchesState: Reader<BatchesState | null> = (value, at) => {
  if (value === null) return null;
  const { epoch, place } = (value ?? {}) as Partial<Record<keyof BatchesState, unknown>>;
  return { epoch: randomState(epoch, at.at("epoch")), place: size(place, at.at("place")) };
};

const numbersByName: Reader<Record<string, number>> = (value, at) =>
  Object.fromEntries(Object.entries(value ?? {}).map(([name, each]) => [name, number(each, at.at(name))]));

/** What is read from a file; what is refused on the way is the fault of the file. */
function inFile<Value>(operation: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DomainError || error instanceof ShapeError)) throw error;
    throw new FormatError(`${operation}: the checkpoint must be whole; ${error.message}`, 0);
  }
}

/** What the flow of the file has that this one has not. */
function differencesOf(operation: string, flow: Flow, file: ModelFile): string[] {
  const definition = JSON.stringify(jsonIn(operation, file, FLOW));
  if (definition !== JSON.stringify(flow.definition)) return ["the architecture of the flow is another"];
  return [];
}

/** The parameters of the file. */
function parametersIn(operation: string, flow: Flow, file: ModelFile): Tensor[] {
  return [...namedParameters(flow)].map(([name, { shape }]) => {
    const saved = file.tensors.get(`parameters.${name}`);
    if (saved !== undefined && sameShape(saved.shape, shape)) return tensorIn(operation, file, `parameters.${name}`);
    throw new FormatError(
      `${operation}: parameters.${name} must be ${formatShape(shape)}; got ${describeValue(saved)}`,
      0,
    );
  });
}

/** Gives the flow the buffers of the file. Those that nothing can change must be the same. */
function restoreBuffersFrom(operation: string, flow: Flow, file: ModelFile): void {
  const saved = new Map(
    [...file.tensors.keys()]
      .filter((name) => name.startsWith("buffers."))
      .map((name) => [name.slice("buffers.".length), tensorIn(operation, file, name)]),
  );
  restoreBuffers(operation, flow.bijection, saved);
  for (const [name, { data }] of flow.buffers) {
    const then = saved.get(name)?.data;
    if (then !== undefined && data.every((value, i) => Object.is(value, then[i]))) continue;
    throw new StateMismatchError(operation, [`the buffer ${name} is another, and cannot be set`]);
  }
}
