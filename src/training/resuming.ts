// A checkpoint read again. checkpoint.ts writes it.

import { namedParameters } from "../autograd/parts.ts";
import type { Flow } from "../flows/flow.ts";
import { restoreBuffers } from "../flows/layer.ts";
import { bytesOf, FLOW, jsonIn, type ModelFile, readModelFile, TRAINING } from "../io/files/modelFile.ts";
import { tensorIn } from "../io/files/safetensors.ts";
import { FormatError } from "../io/formatError.ts";
import { boolean, listOf, number, Place, type Reader, size, text } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { Random, type RandomState } from "../tensor/random.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { BatchesState } from "./batches.ts";
import { install, type Values } from "./bestWeights.ts";
import { type Run, settingsOf } from "./checkpoint.ts";
import { StateMismatchError } from "./stateMismatchError.ts";
import type { SavedTraining } from "./underway.ts";

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
      ...(said.data === run.data ? [] : ["the rows, their contexts, their weights or the validation rows are others"]),
      ...settingsOf(options)
        .filter(([name, value]) => (said.settings as Record<string, unknown> | undefined)?.[name] !== value)
        .map(([name, value]) => `${name} is ${value ?? "none"}, there it was ${thereOf(said.settings, name)}`),
    ];
    const names = [...run.trained.keys()];
    const then = said.trained === undefined ? [...namedParameters(flow).keys()] : field("trained", listOf(text));
    if (begun && differences.length === 0 && then.join() !== names.join()) {
      differences.push(`the parameters that are trained are others: ${listed(names)}, there ${listed(then)}`);
    }
    if (differences.length > 0) throw new StateMismatchError(operation, differences);
    const named = run.trained;
    const numbersIn = (name: string): Tensor => {
      if (file.tensors.has(`training.${name}`)) return tensorIn(operation, file, `training.${name}`);
      throw new FormatError(`${operation}: the checkpoint must have training.${name}; there is none`, 0);
    };
    const perParameter = (prefix: string): Tensor[] => [...named.keys()].map((name) => numbersIn(`${prefix}.${name}`));
    const { ema } = options;
    const has = (prefix: string): boolean =>
      [...named.keys()].some((name) => file.tensors.has(`training.${prefix}.${name}`));
    const valuesIn = (prefix: string): Values => perParameter(prefix).map(({ data }) => data);
    const all = parametersIn(operation, flow, file).map(({ data }) => data);
    const ofTraining = has("last") ? valuesIn("last") : null;
    const random = { start: field("start", randomState), random: field("random", randomState) };
    const restore = (): void => {
      restoreBuffersFrom(operation, flow, file);
      install(flow.parameters, all);
      if (ofTraining !== null) install([...named.values()], ofTraining);
    };
    if (!begun) return { begun, ...random, ...NOTHING_YET, restore };
    return {
      ...{ begun, ...random, restore },
      step: field("step", size),
      batches: field("batches", batchesState),
      drawn: typeof run.x === "function" ? field("drawn", text) : null,
      train: [...numbersIn("train").data],
      validation: [...numbersIn("validation").data],
      resumable: {
        losses: numbersIn("losses").item(),
        judged: field("judged", size),
        epochs: numbersIn("train").size,
        best: {
          value: numbersIn("bestValue").item(),
          weights: has("best") ? valuesIn("best") : null,
          averaged: ema !== undefined && field("bestAveraged", boolean),
          step: field("bestStep", size),
          epochsSince: field("epochsSince", size),
        },
      },
      average:
        ema === undefined
          ? null
          : { power: field("averagePower", number), values: has("average") ? valuesIn("average") : null },
      optimizer: {
        numbers: field("numbers", numbersByName),
        tensors: Object.fromEntries(
          field("memory", listOf(text)).map((key) => [key, perParameter(`optimizer.${key}`)]),
        ),
      },
    };
  });
}

/** The first names, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A setting as the checkpoint has it, for a message. */
function thereOf(settings: unknown, name: string): string {
  const value = (settings as Record<string, unknown> | undefined)?.[name];
  return name === "ema" && value === undefined ? '"none"' : describeValue(value);
}

const NOTHING_YET = {
  ...{
    step: 0,
    batches: null,
    drawn: null,
    train: [],
    validation: [],
    optimizer: { numbers: {}, tensors: {} },
    average: null,
  },
  resumable: {
    losses: 0,
    judged: 0,
    epochs: 0,
    best: { value: Number.POSITIVE_INFINITY, weights: null, averaged: false, step: 0, epochsSince: 0 },
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
