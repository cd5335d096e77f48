import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { Variables } from "./variables.ts";

/** One axis of a copy: how many numbers, and the bytes from one to the next, there and here. */
export interface CopyAxis {
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

/** So many numbers are copied without a jump. */
const UNROLLED = 64;
/** Of one long axis, so many. */
const PIECE = 16;

/** run(to, from): copies numbers between two views of the same lengths, the outermost axis first: transposes, slices, and what is repeated (`from` = 0). */
export function stridedCopy(axes: readonly CopyAxis[]): KernelCode {
  const v = new Variables();
  const [to, from] = v.parameters(2);
  const move = (fromBytes: number, toBytes: number): Code => [
    ...(fromBytes === 0 ? [] : wasm.advance(from, wasm.integer(fromBytes))),
    ...(toBytes === 0 ? [] : wasm.advance(to, wasm.integer(toBytes))),
  ];
  /** The same thing so many times, along an axis; leaves the pointers as they were if `back`. */
  const along = ({ length, from: fromStep, to: toStep }: CopyAxis, body: Code, back: boolean): Code => {
    const [count] = v.locals(1);
    return [
      ...wasm.set(count, wasm.integer(length)),
      ...wasm.repeatWhile(wasm.get(count), [
        ...body,
        ...move(fromStep, toStep),
        ...wasm.advance(count, wasm.integer(-1)),
      ]),
      ...(back ? move(-length * fromStep, -length * toStep) : []),
    ];
  };
  const copy = (rest: readonly CopyAxis[]): Code => {
    if (rest.reduce((size, { length }) => size * length, 1) <= UNROLLED) return written(rest);
    const [first, ...inner] = rest;
    if (inner.length > 0) return along(first, copy(inner), true);
    const [whole, left] = [Math.floor(first.length / PIECE), first.length % PIECE];
    const piece = { length: whole, from: PIECE * first.from, to: PIECE * first.to };
    return [
      ...along(piece, written([{ ...first, length: PIECE }]), false),
      ...written([{ ...first, length: left }]),
      ...move(-whole * piece.from, -whole * piece.to),
    ];
  };
  /** All of it, number by number, or pair by pair where neighbours stay neighbours. */
  const written = (rest: readonly CopyAxis[]): Code => {
    let places: readonly (readonly [from: number, to: number])[] = [[0, 0]];
    for (const { length, from: fromStep, to: toStep } of rest) {
      places = places.flatMap(([a, b]) =>
        Array.from({ length }, (_, i) => [a + i * fromStep, b + i * toStep] as const),
      );
    }
    // offsets in instructions are not negative
    const [lowFrom, lowTo] = [0, 1].map((k) => Math.min(0, ...places.map((place) => place[k])));
    const code: number[] = [...move(lowFrom, lowTo)];
    for (let i = 0; i < places.length; i++) {
      const [a, b] = [places[i][0] - lowFrom, places[i][1] - lowTo];
      const next = places[i + 1];
      if (next !== undefined && next[0] - lowFrom === a + 8 && next[1] - lowTo === b + 8) {
        code.push(...wasm.storePair(wasm.get(to), wasm.loadPair(wasm.get(from), a), b));
        i++;
      } else code.push(...wasm.storeNumber(wasm.get(to), wasm.loadNumber(wasm.get(from), a), b));
    }
    return [...code, ...move(-lowFrom, -lowTo)];
  };
  return v.kernel(copy(axes.filter(({ length }) => length !== 1)));
}
