import { isRecording } from "../autograd/rule.ts";
import { Variable } from "../autograd/variable.ts";
import { sizeOf } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";

// B rows

/** Large enough to be fast, small enough for the caches. */
const PIECE_ROWS = 1024;

/**
 * What f makes of the rows of x, and of the context if there is one, each [B, …]. Where nothing is recorded it goes through them piece by
 * piece, so that little memory is held at a time; f treats each row by itself, so the bits are the same.
 */
export function inPieces(
  x: Tensor,
  context: Tensor | undefined,
  f: (x: Tensor, context: Tensor | undefined) => readonly Variable[],
): readonly Variable[] {
  const B = x.shape[0];
  if (isRecording() || B <= PIECE_ROWS) return f(x, context);
  const whole: Variable[] = [];
  for (let start = 0; start < B; start += PIECE_ROWS) {
    const end = Math.min(B, start + PIECE_ROWS);
    const results = f(rows(x, start, end), context && rows(context, start, end));
    results.forEach(({ data, shape }, k) => {
      const inner = shape.slice(1);
      whole[k] ??= new Variable(new Float64Array(B * sizeOf(inner)), [B, ...inner]);
      whole[k].data.set(data, start * sizeOf(inner));
    });
  }
  return whole;
}

/** Rows of x, without copying them. */
function rows(x: Tensor, start: number, end: number): Tensor {
  const event = x.shape.slice(1);
  return new Tensor(x.data.subarray(start * sizeOf(event), end * sizeOf(event)), [end - start, ...event]);
}
