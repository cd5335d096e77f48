import { exp } from "../kernels/elementary.ts";
import type { Code, Local } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { expSimd } from "./simdElementary.ts";
import { type Imported, NUMBER, type RawLanes, SLOT, type SplineShape } from "./splineLanes.ts";
import type { Variables } from "./variables.ts";

// The first half of shapedSpline.ts: from raw numbers to shares, knots, and the bins of points.

const { add, div, equal, larger, lessEqual, mul, sub } = wasm.f64x2;
const { get, set, advance, integer, loadPair, loadSplat, storePair, loopTo, select } = wasm;
const { and } = wasm.v128;

/**
 * Shares and knots of two lanes, and the bins of their points: what is to be done once, and for each pair. Shares go to where `pair` points, and behind them what is
 * known of the bins.
 */
export function binsOfLanes(
  v: Variables,
  { bins: K, coordinates: E, tails, direction }: SplineShape,
  raw: RawLanes,
  { numbers, knots, pair, point }: { numbers: Local; knots: Local; pair: Local; point: Code },
  imported: Imported,
): { once: Code; each: Code } {
  const column = 8 * E;
  const bytes = v.locals(1)[0]; // from the first raw number of a side to another
  const [share, knot, least] = v.locals(3);
  const zero = v.constant(0);
  const [index, applies, x] = v.locals(3, "v128");
  const sides = [0, 1].map((side) => {
    const [m, even, odd, total, sum, scale] = v.locals(6, "v128");
    const own = side === (direction === "forward" ? 0 : 1); // the side that points come from
    return { m, even, odd, total, sum, scale, own, side, rawBytes: side * K * column, shareBytes: 16 * side * K };
  });
  const knotBytes = 16 * (K + 1);
  const number = (which: number): Code => loadSplat(get(numbers), 8 * which);

  const once = [
    ...sides.flatMap(({ scale, side }) => [
      ...set(scale, number(NUMBER.scaleX + side)),
      ...storePair(get(knots), number(NUMBER.left), side * knotBytes),
      ...storePair(get(knots), number(NUMBER.right), side * knotBytes + 16 * K),
    ]),
  ];

  const maxima = [
    ...sides.flatMap(({ m, rawBytes }) => set(m, raw.load(integer(0), rawBytes))),
    ...set(bytes, integer(column)),
    ...loopTo(
      bytes,
      integer(K * column),
      column,
      sides.flatMap(({ m, rawBytes }) => set(m, larger(get(m), raw.load(get(bytes), rawBytes)))),
    ),
  ];

  /** Numerators of shares k … k + count − 1, k even, of both sides. */
  const byFormula = (count: number): Code => {
    const code: number[] = [];
    const statements: (readonly Code[])[] = [];
    for (let k = 0; k < count; k++) {
      for (const { m, even, odd, rawBytes, shareBytes } of sides) {
        const difference = v.keep(sub(raw.load(get(bytes), rawBytes + k * column), get(m)));
        v.keep(and(get(applies), lessEqual(v.constant(-708), difference)), applies);
        const e = v.keep(expSimd.value(v, difference));
        const sum = k % 2 === 0 ? even : odd;
        v.keep(add(get(sum), e), sum);
        const stored = [...v.statements()];
        stored.push(storePair(get(share), e, shareBytes + 16 * k));
        statements.push(stored);
      }
    }
    for (let i = 0; i < statements[0].length; i++) for (const each of statements) code.push(...each[i]);
    return code;
  };
  /** The same by the plain function: the formula does not apply far below the greatest, and to ∞ and NaN. */
  const plainly = (count: number): Code => {
    const code: number[] = [];
    const call = (index: 0 | 1): Code => wasm.callImport(wasm.lane(get(x), index), imported(exp));
    for (let k = 0; k < count; k++) {
      for (const { m, even, odd, rawBytes, shareBytes } of sides) {
        const sum = k % 2 === 0 ? even : odd;
        code.push(
          ...set(x, raw.load(get(bytes), rawBytes + k * column)),
          ...set(x, select(equal(get(x), get(m)), zero, sub(get(x), get(m)))),
          ...set(x, wasm.withLane(wasm.withLane(get(x), 0, call(0)), 1, call(1))),
          ...set(sum, add(get(sum), get(x))),
          ...storePair(get(share), get(x), shareBytes + 16 * k),
        );
      }
    }
    return code;
  };
  const numerators = (some: (count: number) => Code): Code => {
    const step = (count: number): Code => [
      ...some(count),
      ...advance(share, integer(16 * count)),
      ...advance(bytes, integer(count * column)),
    ];
    return [
      ...sides.flatMap(({ even, odd }) => [...set(even, zero), ...set(odd, zero)]),
      ...set(share, get(pair)),
      ...set(bytes, integer(0)),
      ...(K > 1 ? loopTo(bytes, integer((K - (K % 2)) * column), 0, step(2)) : []),
      ...(K % 2 === 1 ? step(1) : []),
    ];
  };

  const divide = ({ total, shareBytes }: (typeof sides)[number]): Code => [
    ...set(x, div(loadPair(get(share), shareBytes), get(total))),
    ...storePair(get(share), get(x), shareBytes),
  ];
  const toKnots = [
    ...sides.flatMap(({ total, sum, even, odd }) => [...set(total, add(get(even), get(odd))), ...set(sum, zero)]),
    ...set(index, zero),
    ...set(share, get(pair)),
    ...set(knot, get(knots)),
    ...set(least, get(numbers)),
    ...loopTo(share, wasm.i32.add(get(pair), integer(16 * (K - 1))), 16, [
      ...sides.flatMap((side) => [
        ...divide(side),
        ...set(side.sum, add(get(side.sum), get(x))),
        ...set(
          x,
          add(
            mul(get(side.sum), get(side.scale)),
            loadSplat(get(least), 8 * (NUMBER.leastKnots + side.side * (K - 1))),
          ),
        ),
        ...storePair(get(knot), get(x), side.side * knotBytes + 16),
        ...(side.own ? set(index, wasm.i64x2.add(get(index), lessEqual(get(x), point))) : []),
      ]),
      ...advance(knot, integer(16)),
      ...advance(least, integer(8)),
    ]),
    ...sides.flatMap(divide),
  ];

  /** Two numbers at addresses of their own. */
  const gather = (addresses: readonly Local[], offset: number): Code =>
    wasm.withLane(loadSplat(get(addresses[0]), offset), 1, wasm.loadNumber(get(addresses[1]), offset));
  const corner = v.locals(2);
  const slope = v.locals(2);
  const linear = tails === "linear" ? 1 : 0;
  const keep = (slot: number, value: Code): Code => storePair(get(pair), value, 16 * (2 * K + slot));
  const collect = [
    ...([0, 1] as const).flatMap((lane) => {
      const times = (by: number): Code => wasm.i32.mul(wasm.lowHalf(get(index), lane), integer(-by));
      return [
        ...set(corner[lane], wasm.i32.add(wasm.i32.add(get(knots), integer(8 * lane)), times(16))),
        ...set(slope[lane], wasm.i32.add(raw.at(lane), times(column))),
      ];
    }),
    ...[0, 1].flatMap((end) => [
      ...keep(SLOT.x0 + end, gather(corner, 16 * end)),
      ...keep(SLOT.y0 + end, gather(corner, knotBytes + 16 * end)),
      ...set(x, add(gather(slope, (2 * K - linear + end) * column), number(NUMBER.shift))),
      ...keep(SLOT.raw0 + end, linear ? select(isFixed(v, index, end, K), zero, get(x)) : get(x)),
    ]),
    ...keep(SLOT.index, get(index)),
  ];

  const each = [
    ...maxima,
    ...set(applies, equal(zero, zero)),
    ...numerators(byFormula),
    ...wasm.when(wasm.i32.sub(wasm.i64x2.signs(get(applies)), integer(3)), numerators(plainly)),
    ...toKnots,
    ...collect,
  ];
  return { once, each };
}

/** Whether linear tails fix the slope at that end of a bin. */
export function isFixed(v: Variables, index: Local, end: number, K: number): Code {
  const last = end === 0 ? 0 : 1 - K;
  return wasm.i64x2.equal(get(index), last === 0 ? v.constant(0) : wasm.bits(-1, last));
}
