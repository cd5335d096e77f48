import { Random, tensor, variable } from "diffeo";
import fc from "fast-check";

/** What may come from a program without types, or with wrong ones. Some of it fits by chance. */
export const garbage: fc.Arbitrary<unknown> = fc.oneof(
  // no numbers
  fc.constantFrom<unknown>(undefined, null, true, "", "x", "3", 3n, Symbol("s"), Object.create(null)),
  // numbers that are no counts, and counts
  fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 31, 2 ** 53, 1e300, -0, 0, 1, 2),
  // what is given by position, or not awaited, or a function
  fc.constantFrom<unknown>(
    () => 1,
    () => undefined,
    Promise.resolve(1),
    new Map([[1, 2]]),
    new Date(0),
  ),
  // lists
  fc.constantFrom<unknown>([], [[]], [1, [2]], ["a"], ["2"], [null], [0], [3], [-1], [1.5], [Number.NaN], [2 ** 31]),
  fc.constantFrom<unknown>([2 ** 20, 2 ** 20], [1, 2], [[1, 2]], new Array(2), [3n], [() => 1], [[0, 1]]),
  fc.constantFrom<unknown>(new Float64Array(2), new Uint8Array([0, 1]), new Float32Array(3), new BigInt64Array(2)),
  // objects
  fc.constantFrom<unknown>({}, { length: 2 }, { shape: [2] }, { type: "x" }, { dimensions: "2" }, { random: 1 }),
  fc.constantFrom<unknown>({ eventShape: [2], logProb: 1 }, { forward: 1, inverse: 2 }, { parameters: [1] }),
  // what the library knows, in the wrong place
  fc.constantFrom<unknown>(
    new Random(1),
    tensor(1),
    tensor([]),
    tensor([1, -2]),
    tensor([[Number.NaN, 2]]),
    variable([
      [1, 2],
      [3, 4],
    ]),
    tensor([], [0, 2]),
    tensor([], [2, 0]),
    new Random(2).normal([2, 2, 3]),
  ),
);

/** Arguments of which one, or an entry of one, is not what it must be: replaced, left out, or beside unknown ones. */
export function spoilt(valid: readonly unknown[], seed: fc.Arbitrary<unknown> = garbage): fc.Arbitrary<unknown[]> {
  const anyArgument = fc.array(seed, { maxLength: valid.length + 1 });
  if (valid.length === 0) return anyArgument;
  const oneArgument = fc
    .tuple(fc.nat(valid.length - 1), seed)
    .map(([k, came]) => valid.map((argument, i) => (i === k ? came : argument)));
  const tooFew = fc.nat(valid.length - 1).map((count) => valid.slice(0, count));
  const places = valid.flatMap((argument, i) =>
    isPlain(argument) ? Object.keys(argument).map((name) => ({ i, name })) : [],
  );
  if (places.length === 0) return fc.oneof(anyArgument, oneArgument, tooFew);
  const oneEntry = fc
    .tuple(fc.constantFrom(...places), seed)
    .map(([place, came]) => withEntry(valid, place, () => came));
  const oneLess = fc.constantFrom(...places).map((place) => withEntry(valid, place, () => LEFT_OUT));
  const oneMore = fc
    .tuple(fc.constantFrom(...places), fc.string(), seed)
    .map(([{ i }, name, came]) => withEntry(valid, { i, name }, () => came));
  const deeper = fc
    .tuple(fc.constantFrom(...places), seed, fc.nat(3))
    .map(([place, came, k]) =>
      withEntry(valid, place, (entry) =>
        Array.isArray(entry) ? entry.map((each, i) => (i === k % entry.length ? came : each)) : came,
      ),
    );
  return fc.oneof(
    { weight: 1, arbitrary: fc.oneof(anyArgument, oneArgument, tooFew, oneLess, oneMore) },
    { weight: 3, arbitrary: oneEntry },
    { weight: 1, arbitrary: deeper },
  );
}

const LEFT_OUT: unique symbol = Symbol("left out");

function withEntry(
  valid: readonly unknown[],
  { i, name }: { readonly i: number; readonly name: string },
  change: (entry: unknown) => unknown,
): unknown[] {
  return valid.map((argument, k) => {
    if (k !== i) return argument;
    const entries = new Map(Object.entries(argument as object));
    const changed = change(entries.get(name));
    if (changed === LEFT_OUT) entries.delete(name);
    else entries.set(name, changed);
    return Object.fromEntries(entries);
  });
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
