import { recorder } from "../autograd/recorder.ts";
import { isPatient, usesPlans } from "../plan/planning.ts";
import { Replay } from "../plan/replay.ts";
import { sizeOf } from "../tensor/shape.ts";
import { usesSimd } from "../tensor/simd/webAssembly.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Flow } from "./flow.ts";
import { arePure, areUnchanged } from "./pureParts.ts";
import { isFirstPass } from "./statistics.ts";

// B rows

/** What is asked of a flow, of each row by itself: one of its methods. */
export interface Question {
  readonly flow: Pick<Flow, "bijection" | "base" | "parts" | "parameters" | "buffers">;
  readonly method: string;
}

/** What becomes of rows, and of as many rows of the context if there is one, each [B, …]. */
export type RowFunction = (x: Tensor, context: Tensor | undefined) => readonly Tensor[];

/** The rows of a plan, whose numbers stay in the cache; of wide points as many as have so many coordinates. */
const MOST_ROWS = 256;
const LEAST_ROWS = 16;
const COORDINATES = 16384;
/** For a smaller share of its rows a plan takes as long as the eager way. */
const LEAST_SHARE = 1 / 4;
/** So many rows of up to eight coordinates go the eager way before a plan is made, which takes about as long as is saved on them. */
const ROWS_BEFORE = 8192;
/** After so many pieces in a row that the plan could not do, it is not tried on the others. */
const MOST_FAILURES = 4;
/** What one plan may take, or all that are kept together; and how many there may be, since each has a memory of its own. */
const MOST_BYTES_KEPT = 1 << 25;
const MOST_KEPT = 12;

/** What is known of a question. */
interface Answer {
  /** How many rows have been asked about; those of wide points count for more. */
  asked: number;
  /** The buffers of the flow when it was recorded: they count as constants. */
  buffers: readonly Tensor[];
  /** The plan; null where there is none to be had, undefined where nobody has tried yet. */
  replay: Replay | null | undefined;
}

const answers = /*#__PURE__*/ new WeakMap<object, Map<string, Answer>>();
/** Those that have a plan; what was used last comes last. */
const kept: Answer[] = [];

/** How pieces of rows can be computed from a plan. */
export interface PlannedPieces {
  /** How many rows a piece should have; null if there is no more use in it. */
  readonly rows: number | null;
  /** What f makes of a piece; null if it is to go the eager way. To be read before the next piece. */
  of(x: Tensor, context: Tensor | undefined): readonly Tensor[] | null;
}

/**
 * How the B rows that are asked about can be computed from a plan (plan/README.md); null if there is no use in that: B is small and few rows have been asked about before, the
 * parts of the flow are not known to do the same ops each time, they work in sequence, or there is no WebAssembly.
 */
export function plannedPieces(question: Question, B: number, f: RowFunction): PlannedPieces | null {
  const { flow, method } = question;
  const { cost, dataShape } = flow.bijection;
  const D = sizeOf(dataShape);
  const rows = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(COORDINATES / D)));
  if (B < rows * LEAST_SHARE || !usesPlans() || recorder() !== null || isFirstPass() || !usesSimd()) return null;
  if (cost[method === "toData" ? "inverse" : "forward"] === "sequential") return null;
  const answer = answerTo(flow, method);
  answer.asked += (B * Math.max(8, D)) / 8;
  if (answer.replay === null || (isPatient() && answer.asked < ROWS_BEFORE)) return null;
  const buffers = [...flow.buffers.values()];
  const isKnown = answer.replay !== undefined;
  if (isKnown ? areUnchanged(flow.parts) && sameBuffers(buffers, answer.buffers) : arePure(flow.parts)) {
    answer.buffers = buffers;
    keep(answer);
    return new Pieces(answer, flow, rows, f);
  }
  forget(answer);
  return null;
}

class Pieces implements PlannedPieces {
  readonly #answer: Answer;
  readonly #flow: Question["flow"];
  readonly #rows: number;
  readonly #f: RowFunction;
  #failures = 0;

  constructor(answer: Answer, flow: Question["flow"], rows: number, f: RowFunction) {
    this.#answer = answer;
    this.#flow = flow;
    this.#rows = rows;
    this.#f = f;
  }

  get rows(): number | null {
    return this.#answer.replay === null || this.#failures >= MOST_FAILURES ? null : this.#rows;
  }

  of(x: Tensor, context: Tensor | undefined): readonly Tensor[] | null {
    const { rows } = this;
    const B = x.shape[0];
    if (rows === null || B < rows * LEAST_SHARE) return null;
    // rows are treated each by itself: what is missing is filled up, and what becomes of that is left out
    const results = this.#run(filledUp(x, rows), context && filledUp(context, rows));
    return B === rows ? results : results.map((each) => firstRows(each, B));
  }

  #run(x: Tensor, context: Tensor | undefined): readonly Tensor[] {
    const answer = this.#answer;
    const inputs = context === undefined ? [x] : [x, context];
    const eager = (): readonly Tensor[] => this.#f(x, context);
    if (!answer.replay) {
      const { result, replay } = Replay.record(inputs, this.#flow.parameters, eager, (results) => results);
      answer.replay = replay !== null && replay.plan.bytes > MOST_BYTES_KEPT ? null : replay;
      keep(answer);
      return result;
    }
    const { replay } = answer;
    let failed = false;
    const results = replay.run(inputs, () => {
      failed = true;
      return eager();
    });
    this.#failures = failed ? this.#failures + 1 : 0;
    if (replay.state === "refused") {
      forget(answer);
      answer.replay = null;
    }
    return results;
  }
}

function answerTo(flow: object, method: string): Answer {
  const known = answers.get(flow) ?? new Map<string, Answer>();
  answers.set(flow, known);
  const answer = known.get(method) ?? { asked: 0, buffers: [], replay: undefined };
  known.set(method, answer);
  return answer;
}

/** Puts it behind those that were used before, and forgets the first of them if there are too many. */
function keep(answer: Answer): void {
  const at = kept.indexOf(answer);
  if (at >= 0) kept.splice(at, 1);
  if (!answer.replay) return;
  kept.push(answer);
  const bytes = (): number => kept.reduce((total, { replay }) => total + (replay?.plan.bytes ?? 0), 0);
  while (kept.length > MOST_KEPT || (kept.length > 1 && bytes() > MOST_BYTES_KEPT)) forget(kept[0]);
}

/** As if nobody had asked. */
function forget(answer: Answer): void {
  const at = kept.indexOf(answer);
  if (at >= 0) kept.splice(at, 1);
  answer.replay = undefined;
  answer.asked = 0;
}

function sameBuffers(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  return a.length === b.length && a.every((buffer, k) => buffer === b[k]);
}

/** So many rows: those of x, and its first one again as often as is needed. A copy, of which nobody has a part. */
function filledUp({ data, shape: [B, ...event] }: Tensor, rows: number): Tensor {
  const size = sizeOf(event);
  const filled = new Float64Array(rows * size);
  filled.set(data);
  for (let row = B; row < rows; row++) filled.set(data.subarray(0, size), row * size);
  return new Tensor(filled, [rows, ...event]);
}

function firstRows({ data, shape: [, ...event] }: Tensor, rows: number): Tensor {
  return new Tensor(data.subarray(0, rows * sizeOf(event)), [rows, ...event]);
}
