import type { Tensor } from "../tensor/tensor.ts";

// A buffer of more than eight numbers costs an engine some microseconds, however small it is (Node 20: 2.8 µs for 256 numbers, 40 ns for
// eight, which stay in the heap): more than most ops on small tensors take to fill it. So what a backward pass needs only on its way
// is kept for the next one.

/** Buffers that nobody sees any more, by their length. */
const free: Map<number, Float64Array[]> = /*#__PURE__*/ new Map();
/** At most so many numbers wait there, or are noted to be taken back: 64 MB. What is larger is left to the collector, as it goes. */
const MOST = 8_388_608;
let freeSize = 0;
/** What was taken since recycling began; null outside. */
let taken: Float64Array[] | null = null;
let takenSize = 0;
let poison = false;

/** Arrays up to this length are part of the heap, and cheap. */
const SMALL = 8;

/** What was made by the library of the library's own parts. */
const closedObjects: WeakSet<object> = /*#__PURE__*/ new WeakSet();

/**
 * Says of a layer, a net or a distribution that it computes with the ops of this library alone, keeps nothing of what it
 * computes, and shows it to nobody but who called it; and makes sure that it stays so, by freezing it. If it is made of parts that
 * have not been said to be closed, it is left as it is: they may have been written by somebody else.
 */
export function closed<Part extends object>(object: Part, ...parts: readonly object[]): Part {
  if (!parts.every(isClosed)) return object;
  closedObjects.add(object);
  return Object.freeze(object);
}

/** Whether {@link closed} has been said of it. */
export function isClosed(object: object): boolean {
  return closedObjects.has(object);
}

/** A buffer of that length; within {@link recycling} it may have been used before, and hold anything. */
export function bufferOf(size: number): Float64Array {
  if (taken === null || size <= SMALL || takenSize + size > MOST) return new Float64Array(size);
  const buffer = free.get(size)?.pop();
  if (buffer !== undefined) freeSize -= size;
  const result = buffer ?? new Float64Array(size);
  taken.push(result);
  takenSize += size;
  return result;
}

/**
 * Runs f, and takes back every buffer that was handed out meanwhile, but for those of the results. Only for what nobody
 * else can have seen: f must run no function from outside, and must not keep what it computes.
 */
export function recycling<Result extends readonly Tensor[]>(f: () => Result): Result {
  if (taken !== null) return f(); // the outer one takes everything back
  taken = [];
  takenSize = 0;
  try {
    const results = f();
    const kept = new Set(results.map(({ data }) => data));
    for (const buffer of taken) if (!kept.has(buffer)) takeBack(buffer);
    return results;
  } finally {
    taken = null; // had f thrown, nothing would come back
  }
}

function takeBack(buffer: Float64Array): void {
  if (poison) buffer.fill(Number.NaN);
  if (freeSize + buffer.length > MOST) return;
  freeSize += buffer.length;
  const waiting = free.get(buffer.length);
  if (waiting === undefined) free.set(buffer.length, [buffer]);
  else waiting.push(buffer);
}

/** For tests: fills with NaN what is taken back, so that whoever still reads it is found out. */
export function poisonRecycled(on: boolean): void {
  poison = on;
}
