import { isRecording } from "../autograd/rule.ts";
import { Variable } from "../autograd/variable.ts";
import { sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { plannedPieces, type Question } from "./plannedPieces.ts";

// B rows

/** Large enough to be fast, small enough for the caches. */
const PIECE_ROWS = 1024;

/**
 * What f makes of the rows of x, and of the context if there is one, each [B, …]. Where nothing is recorded it goes through them piece by
 * piece, so that little memory is held at a time; f treats each row by itself, so the bits are the same. They are the same from a plan, too, which
 * is used if it is said of what flow f is a method, and worth it.
 */
export function inPieces(
  x: Tensor,
  context: Tensor | undefined,
  f: (x: Tensor, context: Tensor | undefined) => readonly Variable[],
  question?: Question,
): readonly Variable[] {
  const B = x.shape[0];
  if (isRecording()) return f(x, context);
  const planned = question === undefined ? null : plannedPieces(question, B, f);
  if (planned === null && B <= PIECE_ROWS) return f(x, context);
  const whole: Variable[] = [];
  for (let start = 0; start < B; ) {
    const end = Math.min(B, start + (planned?.rows ?? PIECE_ROWS));
    const part = (from: number, to: number) => [rows(x, from, to), context && rows(context, from, to)] as const;
    const results = attempt(
      () => planned?.of(...part(start, end)) ?? f(...part(start, end)),
      () => {
        // what is thrown names rows of a piece, which is to be the same with a plan and without
        const first = start - (start % PIECE_ROWS);
        if (planned) f(...part(first, Math.min(B, first + PIECE_ROWS)));
      },
    );
    results.forEach(({ data, shape }, k) => {
      const inner = shape.slice(1);
      whole[k] ??= new Variable(new Float64Array(B * sizeOf(inner)), [B, ...inner]);
      whole[k].data.set(data, start * sizeOf(inner));
    });
    start = end;
  }
  return whole;
}

/** What f gives; if it throws, `first` may throw something better. */
function attempt<Result>(f: () => Result, first: () => void): Result {
  try {
    return f();
  } catch (error) {
    first();
    throw error;
  }
}

/** Rows of x, without copying them. */
function rows(x: Tensor, start: number, end: number): Tensor {
  const event = x.shape.slice(1);
  return new Tensor(x.data.subarray(start * sizeOf(event), end * sizeOf(event)), [end - start, ...event]);
}
