import { MAXIMUM_DERIVATIVE } from "../kernels/splineKnots.ts";
import type { Code, KernelCode, Local } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { expSimd, logSimd, sigmoidSimd, softplusAndSigmoid, softplusSimd } from "./simdElementary.ts";
import type { SimdOp } from "./simdElementwise.ts";
import { knownSize, NUMBER, pairBytes, RawLanes, SLOT, type SplineShape } from "./splineLanes.ts";
import { Variables } from "./variables.ts";

// The loops of kernels/splineKnots.ts and kernels/splineBins.ts, from raw numbers to moved points: the same operations in the same order on all that
// can reach a result, two lanes at a time, and so the same bits. Where those branch, both ways are computed, and one is selected.

const { add, div, equal, larger, less, lessEqual, mul, neg, smaller, sqrt, sub } = wasm.f64x2;
const { get, set, advance, integer, loadPair, loadSplat, storePair, loopTo, loopWhile, select } = wasm;
const { and, or } = wasm.v128;

/** So many lanes go through the first half, and then through the second: some 30 kB with eight bins. */
const PIECE = 128;
/** So many pairs are moved in turn, to hide the latency of instructions. */
const TOGETHER = 2;

/** How many numbers the kernel needs for knots, and for what is known of a piece if it is not traced. */
export function splineWorkspace({ bins: K }: SplineShape): { knots: number; known: number } {
  return { knots: 4 * (K + 1), known: knownSize(K, PIECE) };
}

type Imported = (plain: (x: number) => number) => number;
type SpecialCases = NonNullable<SimdOp["specialCases"]>;

/**
 * run(lanes, points, raw, to, logSlope, known, numbers, knots): points moved, and ln of the slopes. `known` has room for what is known of all pairs of lanes if
 * it is traced, or of those of a piece; `knots` for 2(K + 1) pairs.
 */
export function shapedSpline(shape: SplineShape, traced: boolean, imported: Imported): KernelCode {
  const v = new Variables();
  const [lanes, points, raw, to, logSlope, room, numbers, knots] = v.parameters(8);
  const [count, rest, from, at, pair] = v.locals(5);
  const rawLanes = new RawLanes(v, shape);
  const first = [...set(pair, get(room)), ...set(at, get(from)), ...set(rest, get(count))];
  const next = (pairs: number): Code => [
    ...advance(pair, integer(pairs * pairBytes(shape.bins))),
    ...advance(at, integer(16 * pairs)),
    ...advance(rest, integer(-2 * pairs)),
  ];
  const find = findBins(v, shape, rawLanes, { numbers, knots, pair, point: loadPair(address(points, at)) }, imported);
  const move = (pairs: number): Code =>
    movePairs(v, shape, traced, pairs, { numbers, points, to, logSlope, at, pair }, imported);
  return v.kernel([
    ...set(from, integer(0)),
    ...rawLanes.begin(get(raw)),
    ...find.once,
    ...loopWhile(wasm.i32.less(integer(0), get(lanes)), [
      ...set(count, integer(PIECE)),
      ...wasm.when(wasm.i32.less(get(lanes), integer(PIECE)), set(count, get(lanes))),
      ...first,
      ...loopWhile(wasm.i32.less(integer(0), get(rest)), [
        ...rawLanes.single(wasm.i32.equal(get(rest), integer(1))),
        ...find.each,
        ...rawLanes.next(),
        ...next(1),
      ]),
      ...first,
      ...loopWhile(wasm.i32.less(integer(2 * (TOGETHER - 1)), get(rest)), [...move(TOGETHER), ...next(TOGETHER)]),
      ...loopWhile(wasm.i32.less(integer(0), get(rest)), [...move(1), ...next(1)]),
      ...advance(from, integer(8 * PIECE)),
      ...advance(lanes, integer(-PIECE)),
      ...(traced ? set(room, get(pair)) : []),
    ]),
  ]);
}

function address(start: Local, by: Local): Code {
  return wasm.i32.add(get(start), get(by));
}

/** Shares and knots of two lanes, and the bins of their points. */
function findBins(
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
    const call = (index: 0 | 1): Code =>
      wasm.callImport(wasm.lane(get(x), index), imported((expSimd.specialCases as SpecialCases).plain));
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
function isFixed(v: Variables, index: Local, end: number, K: number): Code {
  const last = end === 0 ? 0 : 1 - K;
  return wasm.i64x2.equal(get(index), last === 0 ? v.constant(0) : wasm.bits(-1, last));
}

/** Moves the points of so many pairs. */
function movePairs(
  v: Variables,
  { bins: K, tails, direction }: SplineShape,
  traced: boolean,
  pairs: number,
  { numbers, points, to, logSlope, at, pair }: Readonly<Record<string, Local>>,
  imported: Imported,
): Code {
  const code: number[] = [];
  const zero = v.constant(0);
  const one = v.constant(1);
  const number = (which: number): Code => loadSplat(get(numbers), 8 * which);
  /** Something for each of the pairs, instruction by instruction in turn. */
  const each = <Result>(f: (t: number) => Result): Result[] => {
    const statements: (readonly Code[])[] = [];
    const results = Array.from({ length: pairs }, (_, t) => {
      const result = f(t);
      statements.push(v.statements());
      return result;
    });
    for (let i = 0; i < statements[0].length; i++) for (const of of statements) code.push(...of[i]);
    return results;
  };
  const special = ({ specialCases }: SimdOp, of: { x: Code; result: Local }[]): void => {
    const { plain, code: replace } = specialCases as SpecialCases;
    code.push(...replace(v, of, imported(plain)));
  };
  const slot = (t: number, which: number): number => t * pairBytes(K) + 16 * (2 * K + which);
  const load = (t: number, which: number): Code => v.keep(loadPair(get(pair), slot(t, which)));
  const store = (t: number, which: number, value: Code): void => {
    code.push(...storePair(get(pair), value, slot(t, which)));
  };
  const kept = (value: Code): Local => {
    const [local] = v.locals(1, "v128");
    v.keep(value, local);
    return local;
  };

  // slopes
  const slopes = each((t) =>
    [0, 1].map((end) => {
      const x = load(t, SLOT.raw0 + end);
      if (!traced) return { x, result: kept(softplusSimd.value(v, x)), sigmoid: null };
      const [softplus, sigmoid] = softplusAndSigmoid(v, x);
      return { x, result: kept(softplus), sigmoid: kept(sigmoid) };
    }),
  );
  special(softplusSimd, slopes.flat());
  if (traced)
    special(
      sigmoidSimd,
      slopes.flat().map(({ x, sigmoid }) => ({ x, result: sigmoid as Local })),
    );
  const ends = each((t) => {
    const [index] = v.locals(1, "v128");
    v.keep(loadPair(get(pair), slot(t, SLOT.index)), index);
    return slopes[t].map(({ result, sigmoid }, end) => {
      const slope = v.keep(add(get(result), number(NUMBER.leastSlope)));
      const bounded = v.keep(smaller(slope, v.constant(MAXIMUM_DERIVATIVE)));
      if (tails === "none") {
        const beyond = less(v.constant(MAXIMUM_DERIVATIVE), slope);
        return { d: bounded, sigmoid: sigmoid && v.keep(select(beyond, v.constant(-1), get(sigmoid))) };
      }
      const fixed = v.keep(isFixed(v, index, end, K));
      const still = or(fixed, less(v.constant(MAXIMUM_DERIVATIVE), slope));
      return {
        d: v.keep(select(fixed, one, bounded)),
        sigmoid: sigmoid && v.keep(select(still, v.constant(-1), get(sigmoid))),
      };
    });
  });

  // θ and β
  const bins = each((t) => {
    const point = v.keep(loadPair(address(points, at), 16 * t));
    const [x0, x1, y0, y1] = [SLOT.x0, SLOT.x1, SLOT.y0, SLOT.y1].map((which) => load(t, which));
    const [d0, d1] = ends[t].map(({ d }) => d);
    const w = v.keep(sub(x1, x0));
    const h = v.keep(sub(y1, y0));
    const s = v.keep(div(h, w));
    const bin = { point, x0, x1, y0, y1, w, h, s, d0, d1 };
    if (direction === "forward")
      return { ...bin, theta: v.keep(div(sub(point, x0), w)), beta: v.keep(div(sub(x1, point), w)) };
    const twoS = v.keep(mul(s, v.constant(2)));
    const u = v.keep(div(sub(point, y0), h));
    const V = v.keep(div(sub(y1, point), h));
    const e = v.keep(sub(mul(d0, V), mul(d1, u)));
    const r = v.keep(sqrt(add(mul(e, e), mul(mul(twoS, twoS), mul(u, V)))));
    const steeper = v.keep(lessEqual(zero, e));
    const p = v.keep(select(steeper, mul(twoS, u), sub(r, e)));
    const q = v.keep(select(steeper, add(r, e), mul(twoS, V)));
    const pq = v.keep(add(p, q));
    return { ...bin, theta: v.keep(div(p, pq)), beta: v.keep(div(q, pq)) };
  });

  // where to, and how steep
  const moved = each((t) => {
    const { point, x0, x1, y0, y1, w, h, s, d0, d1, theta, beta } = bins[t];
    const inside = v.keep(and(less(number(NUMBER.left), point), less(point, number(NUMBER.right))));
    const p = v.keep(mul(theta, add(mul(s, theta), mul(d0, beta))));
    const q = v.keep(mul(beta, add(mul(s, beta), mul(d1, theta))));
    const D = v.keep(add(p, q));
    const ratio = v.keep(div(s, D));
    const across = mul(mul(s, v.constant(2)), mul(theta, beta));
    const A = add(add(mul(d1, mul(theta, theta)), across), mul(d0, mul(beta, beta)));
    const steepness = v.keep(mul(A, mul(ratio, ratio)));
    const slope = tails === "linear" ? v.keep(select(inside, steepness, one)) : steepness;
    const [low, high, length] = direction === "forward" ? [y0, y1, h] : [x0, x1, w];
    const [a, b] = direction === "forward" ? [v.keep(div(p, D)), v.keep(div(q, D))] : [theta, beta];
    const nearer = select(less(b, a), sub(high, mul(length, b)), add(low, mul(length, a)));
    const bounded =
      tails === "linear" ? nearer : smaller(larger(nearer, number(NUMBER.openLeast)), number(NUMBER.openGreatest));
    const result = v.keep(select(inside, bounded, point));
    return { inside, result, x: slope, log: kept(logSimd.value(v, slope)) };
  });
  special(
    logSimd,
    moved.map(({ x, log }) => ({ x, result: log })),
  );
  moved.forEach(({ inside, result, log }, t) => {
    const signed = direction === "forward" ? get(log) : neg(get(log));
    code.push(
      ...storePair(address(to, at), result, 16 * t),
      ...storePair(address(logSlope, at), tails === "linear" ? and(inside, signed) : signed, 16 * t),
    );
    if (!traced) return;
    const { theta, beta } = bins[t];
    store(t, SLOT.theta, theta);
    store(t, SLOT.beta, beta);
    ends[t].forEach(({ d, sigmoid }, end) => {
      store(t, SLOT.d0 + end, d);
      store(t, SLOT.raw0 + end, sigmoid as Code);
    });
  });
  return code;
}
