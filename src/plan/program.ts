import type { AnyRule } from "../autograd/rule.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Event } from "./recording.ts";

/** Numbers that have a place in the memory of a plan: a buffer of the recording, whatever shapes it was seen under. */
export interface Storage {
  readonly size: number;
  /** Known from the start, the same for ever; given anew to each run; or made by an op. */
  readonly source: "constant" | "given" | "made";
  /** The numbers of a constant; nothing of others, so that a plan does not hold the recording alive. */
  readonly data: Float64Array;
}

/** What an op takes or gives: numbers under a shape. */
export interface Operand {
  readonly storage: Storage;
  readonly shape: Shape;
}

/** An application of a rule; or a look at values, by a check that throws. */
export interface Op {
  readonly rule: AnyRule | null;
  readonly check?: (...xs: Tensor[]) => void;
  readonly inputs: readonly Operand[];
  readonly outputs: readonly Operand[];
  readonly attributes: readonly unknown[];
}

const NOTHING = /*#__PURE__*/ new Float64Array(0);

/** What there is to do, in order, and the storages of what was asked for. */
export interface Program {
  readonly ops: readonly Op[];
  readonly given: readonly Storage[];
  readonly wanted: readonly Storage[];
}

/**
 * The program of a recording: what was given changes from run to run, and only what is computed from it has to be computed again, as far as it leads to
 * something that is wanted, or was looked at. Buffers are told apart by what they are, not by the tensors that show them: so reshaping and detaching cost
 * nothing. Null where something else was done with a buffer than to show it: a part of it taken as another array, say.
 */
export function programOf(
  events: readonly Event[],
  given: readonly Tensor[],
  wanted: readonly Tensor[],
): Program | null {
  const storages = new Map<Float64Array, Storage>();
  const buffers = new Set<ArrayBufferLike>();
  let refused = false;
  const enter = ({ data }: Tensor, source: Storage["source"]): Storage => {
    const storage: Storage = { size: data.length, source, data: source === "constant" ? data : NOTHING };
    storages.set(data, storage);
    if (source !== "constant") {
      if (buffers.has(data.buffer)) refused = true;
      buffers.add(data.buffer);
    }
    return storage;
  };
  const operand = (x: Tensor): Operand => {
    const known = storages.get(x.data);
    // a part of what is computed, but not by an op: its values would never change
    if (known === undefined && buffers.has(x.data.buffer)) refused = true;
    return { storage: known ?? enter(x, "constant"), shape: x.shape };
  };
  for (const x of given) if (!storages.has(x.data)) enter(x, "given");

  const ops: Op[] = [];
  for (const event of events) {
    const inputs = event.inputs.map(operand);
    const changes = inputs.some(({ storage }) => storage.source !== "constant");
    if (event.rule === null) {
      if (changes) ops.push({ rule: null, check: event.check, inputs, outputs: [], attributes: [] });
      continue;
    }
    const { rule, attributes } = event;
    if ("sharesBuffer" in rule && rule.sharesBuffer) continue;
    const outputs = event.outputs.map((y) => ({ storage: enter(y, changes ? "made" : "constant"), shape: y.shape }));
    if (changes) ops.push({ rule, inputs, outputs, attributes });
  }
  const result = {
    ops,
    given: given.map((x) => storages.get(x.data) as Storage),
    wanted: wanted.map((x) => operand(x).storage),
  };
  return refused ? null : { ...result, ops: leadingTo(result.wanted, ops) };
}

/** The ops that lead to something that is wanted, or to a look at values. */
function leadingTo(wanted: readonly Storage[], ops: readonly Op[]): Op[] {
  const needed = new Set(wanted);
  const kept: Op[] = [];
  for (const op of [...ops].reverse()) {
    if (op.rule !== null && !op.outputs.some(({ storage }) => needed.has(storage))) continue;
    kept.push(op);
    for (const { storage } of op.inputs) needed.add(storage);
  }
  return kept.reverse();
}
