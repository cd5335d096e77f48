// Flows as files: safetensors, which every language reads, with the architecture as data beside the numbers.

import { checkFlow } from "../../flows/checkFlow.ts";
import type { Flow, FlowDefinition } from "../../flows/flow.ts";
import { flowFrom, type RebuildOptions } from "../../flows/registry.ts";
import type { Json } from "../../tensor/definitions/definition.ts";
import { DiffeoError, DomainError, describeValue, LimitError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { formatShape, type Shape, sameShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { FormatError } from "../formatError.ts";
import { jsonOf } from "./json.ts";
import { bytesOf, FLOW, jsonIn, type ModelFile, readModelFile, TRAINING, writeModelFile } from "./modelFile.ts";
import { checkReferencePoints, referencePointsOf } from "./referencePoints.ts";
import { tensorIn } from "./safetensors.ts";

/** The key of what was saved beside the flow. */
const EXTRA = "diffeo.extra";

/** What tensors of a file are, by the first word of their names. What is under "training" belongs to a checkpoint. */
const GROUPS = ["parameters", "buffers", "reference", "training"] as const;
type Group = (typeof GROUPS)[number];

/** A flow may claim so many times the numbers of its file, masks and the copies that layers keep included. */
const CLAIMS = 4;

/** What is saved with a flow: where it comes from, and what it is for. Any plain JSON; these names mean the same everywhere. */
export interface ModelExtra {
  /** Of all randomness. */
  readonly seed?: number;
  /** The SHA-256 of the data, in hexadecimal digits. */
  readonly data?: string;
  /** The names of the columns, in the order of the coordinates of x. */
  readonly columns?: readonly string[];
  /** How training went. */
  readonly history?: Json;
  readonly [key: string]: Json | undefined;
}

/** A flow out of a file, and what was saved with it. */
export interface LoadedModel {
  /** The flow, with its parameters and buffers. */
  readonly flow: Flow;
  /** What was saved with it. */
  readonly extra: ModelExtra;
}

/** What a file says about its model. */
export interface ModelDescription {
  /** The version of the library that wrote it. */
  readonly version: string;
  /** The hash of all that it says, which was checked. */
  readonly sha256: string;
  /** What the flow can be rebuilt from. */
  readonly definition: FlowDefinition;
  /** What was saved with it. */
  readonly extra: ModelExtra;
  /** The shapes of parameters and buffers, by name. */
  readonly tensors: ReadonlyMap<string, Shape>;
  /** Whether training can go on from it. */
  readonly checkpoint: boolean;
}

/** What {@link loadFlow} is told. */
export type LoadOptions = Pick<RebuildOptions, "layers">;

/**
 * The flow as a file: safetensors of float64, which Python and others read, too.
 *
 * Tensors are called `parameters.` and `buffers.` with the names of `flow.named()`. `__metadata__` has the architecture, as the JSON of
 * `flow.definition`; no code; `extra`, any plain JSON of yours; the version of the library; and a SHA-256 over all of it. Under
 * `reference.` lie four points, images of fixed latents, with their latents and log-densities: whoever reads the file can check that they come out.
 *
 * The same flow and extra give the same bytes. A file is read by {@link loadFlow}, and what was extra by {@link loadModel}. Throws DomainError for a
 * flow whose base or layers have no definition, and for an extra that is no JSON. Cost: the numbers, and four samples with their densities.
 *
 * @example
 * const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], random: new Random(1) });
 * const bytes = saveFlow(flow, { seed: 1, columns: ["x", "y"] });
 * loadFlow(bytes).logProb(tensor([[0, 0]])); // [-1.83788]
 */
export function saveFlow(flow: Flow, extra: ModelExtra = {}): Uint8Array {
  return writeFlow("saveFlow", flow, extra);
}

/** {@link saveFlow} in the name of an operation, with more texts and tensors: those of a checkpoint. */
export function writeFlow(
  operation: string,
  flow: Flow,
  extra: ModelExtra,
  more: { readonly texts: ReadonlyMap<string, string>; readonly tensors: ReadonlyMap<string, Tensor> } = NOTHING,
): Uint8Array {
  checkFlow(operation, flow);
  const { definition } = flow;
  checkNamed(operation, definition);
  if (typeof extra !== "object" || extra === null || Array.isArray(extra)) {
    throw new DomainError(`${operation}: extra must be an object; got ${describeValue(extra)}`);
  }
  const texts = new Map([
    [FLOW, JSON.stringify(definition)],
    [EXTRA, jsonOf(operation, "extra", extra as Json)],
    ...more.texts,
  ]);
  const tensors = new Map<string, Tensor>([
    ...named("parameters", flow.named()),
    ...named("buffers", flow.buffers),
    ...named("reference", referencePointsOf(flow)),
    ...named("training", more.tensors),
  ]);
  return writeModelFile(tensors, texts);
}

/** Throws DomainError for an element that has functions of its own in place of named ones: no file can hold them. */
function checkNamed(operation: string, definition: Json): void {
  if (typeof definition !== "object" || definition === null) return;
  for (const [field, value] of Object.entries(definition)) {
    if (value === "custom" && ["knots", "logScale", "shift"].includes(field)) {
      const remedy = "choose a named one, or put it into a layer of your own, whose type has a maker";
      throw new DomainError(`${operation}: a file holds no functions; an element has ${field} of its own (${remedy})`);
    }
    checkNamed(operation, value);
  }
}

const NOTHING = { texts: /*#__PURE__*/ new Map<string, string>(), tensors: /*#__PURE__*/ new Map<string, Tensor>() };

function named(group: Group, tensors: ReadonlyMap<string, Tensor>): [string, Tensor][] {
  return [...tensors].map(([name, tensor]) => [`${group}.${name}`, tensor]);
}

/**
 * The flow of a file that {@link saveFlow} made, or a checkpoint, with its parameters and what it knew of its data.
 *
 * Nothing in the file is run: the architecture is made of diffeo's own layers and those handed in, by the `type` of their definitions. All of
 * it is checked before anything is allocated, at the end the points that travel with it. All or nothing.
 *
 * Throws FormatError for a file that is damaged, of another kind, of a newer format, or does not give what it says of its reference points;
 * LimitError where it asks for more than it brings; DomainError for something that is no bytes. Cost: some four times the file, in time and memory.
 *
 * @example
 * const flow = new Flow(standardNormal([2]), permutation({ permutation: [1, 0] }));
 * // of a file: loadFlow(readFileSync("model.safetensors")), or loadFlow(await (await fetch(url)).arrayBuffer())
 * loadFlow(saveFlow(flow)).toLatent(tensor([[1, 2]])); // [[2, 1]]
 */
export function loadFlow(bytes: Uint8Array | ArrayBuffer, options: LoadOptions = {}): Flow {
  return readFlow("loadFlow", bytes, options).flow;
}

/**
 * The flow of a file, as {@link loadFlow}, with what was saved beside it. Cost and errors are those of that.
 *
 * @example
 * const flow = new Flow(standardNormal([2]), permutation({ permutation: [1, 0] }));
 * const { extra } = loadModel(saveFlow(flow, { columns: ["length", "mass"] }));
 * extra.columns; // ["length", "mass"]
 */
export function loadModel(bytes: Uint8Array | ArrayBuffer, options: LoadOptions = {}): LoadedModel {
  const { flow, file } = readFlow("loadModel", bytes, options);
  return { flow, extra: extraIn("loadModel", file) };
}

/** {@link loadFlow} in the name of an operation, with the file. */
export function readFlow(
  operation: string,
  bytes: Uint8Array | ArrayBuffer,
  options: LoadOptions,
): { readonly flow: Flow; readonly file: ModelFile } {
  checkOptions(operation, options, { layers: true });
  const file = readModelFile(operation, bytesOf(operation, bytes));
  const tensors = tensorsIn(operation, file);
  const definition = jsonIn(operation, file, FLOW) as unknown as FlowDefinition;
  extraIn(operation, file);
  const numbers = [...file.tensors.values()].reduce((total, { start, end }) => total + (end - start) / 8, 0);
  const made = rebuilt(operation, () =>
    flowFrom(definition, { ...options, buffers: tensors.buffers, limit: CLAIMS * numbers }),
  );
  const parameters = made.named();
  checkSame(operation, "parameters", parameters, tensors.parameters);
  checkSame(operation, "buffers", made.buffers, tensors.buffers);
  for (const [name, parameter] of parameters) parameter.adopt((tensors.parameters.get(name) as Tensor).data);
  rebuilt(operation, () => checkReferencePoints(operation, made, tensors.reference));
  return { flow: made, file };
}

/**
 * What a file says about its model, without making it. The file is checked as by {@link loadFlow}, but for what only making it would show.
 * Throws FormatError, DomainError. Cost: linear.
 *
 * @example
 * const flow = new Flow(standardNormal([2]), elementwiseAffine({ dimensions: 2 }));
 * const { tensors, checkpoint } = describeModel(saveFlow(flow));
 * [...tensors]; // [["parameters.shift", [2]], ["parameters.logScale", [2]]]
 * checkpoint; // false
 */
export function describeModel(bytes: Uint8Array | ArrayBuffer): ModelDescription {
  const file = readModelFile("describeModel", bytesOf("describeModel", bytes));
  const shapes = [...file.tensors].filter(([name]) => /^(parameters|buffers)\./.test(name));
  return {
    version: file.version,
    sha256: file.sha256,
    definition: jsonIn("describeModel", file, FLOW) as unknown as FlowDefinition,
    extra: extraIn("describeModel", file),
    tensors: new Map(shapes.map(([name, { shape }]) => [name, shape])),
    checkpoint: file.metadata.has(TRAINING),
  };
}

/** All tensors of the file, by group. Throws FormatError for one that belongs nowhere. */
function tensorsIn(operation: string, file: ModelFile): Record<Group, Map<string, Tensor>> {
  const groups: Record<Group, Map<string, Tensor>> = {
    parameters: new Map(),
    buffers: new Map(),
    reference: new Map(),
    training: new Map(),
  };
  for (const [name, { start }] of file.tensors) {
    const dot = name.indexOf(".");
    const group = GROUPS.find((each) => each === name.slice(0, dot));
    if (group === undefined) {
      const rule = `tensors must be among ${GROUPS.join(", ")}`;
      throw new FormatError(`${operation}: ${rule}; got ${describeValue(name)}`, start);
    }
    if (group !== "training") groups[group].set(name.slice(dot + 1), tensorIn(operation, file, name));
  }
  return groups;
}

/** What was saved beside the flow. */
function extraIn(operation: string, file: ModelFile): ModelExtra {
  const extra = jsonIn(operation, file, EXTRA);
  if (typeof extra === "object" && extra !== null && !Array.isArray(extra)) return extra as ModelExtra;
  throw new FormatError(`${operation}: ${EXTRA} must be an object; got ${describeValue(extra)}`, 0);
}

/** What is made from a file; what is refused on the way is the fault of the file. */
function rebuilt<Made>(operation: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof DiffeoError) || error instanceof LimitError || error instanceof FormatError) throw error;
    const remedy = / must be a layer of a known type/.test(error.message)
      ? `; a layer of your own is handed in: ${operation}(bytes, { layers: { type: maker } })`
      : "";
    throw new FormatError(`${operation}: the flow cannot be made from the file; ${error.message}${remedy}`, 0);
  }
}

/** Throws FormatError unless the file has just the tensors that the flow has, in their shapes. */
function checkSame(
  operation: string,
  group: Group,
  wanted: ReadonlyMap<string, { readonly shape: Shape }>,
  found: ReadonlyMap<string, Tensor>,
): void {
  const odd = [...found.keys()].find((name) => !wanted.has(name));
  if (odd !== undefined) {
    throw new FormatError(
      `${operation}: ${group} must be those of the architecture, which has no ${describeValue(odd)}`,
      0,
    );
  }
  for (const [name, { shape }] of wanted) {
    const tensor = found.get(name);
    if (tensor !== undefined && sameShape(tensor.shape, shape)) continue;
    const came = tensor === undefined ? "there is none" : `got ${formatShape(tensor.shape)}`;
    throw new FormatError(`${operation}: ${group}.${name} must be ${formatShape(shape)}; ${came}`, 0);
  }
}
