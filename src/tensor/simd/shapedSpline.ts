import { MAXIMUM_DERIVATIVE } from "../kernels/splineKnots.ts";
import type { Code, KernelCode, Local } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { binsOfLanes, isFixed } from "./shapedSplineBins.ts";
import { logSimd, sigmoidSimd, softplusAndSigmoid, softplusSimd } from "./simdElementary.ts";
import type { SimdOp } from "./simdElementwise.ts";
import { type Imported, knownSize, NUMBER, pairBytes, RawLanes, SLOT, type SplineShape } from "./splineLanes.ts";
import { Variables } from "./variables.ts";

// The loops of kernels/splineKnots.ts and kernels/splineBins.ts, from raw numbers to moved points: the same operations in the same order on all that
// can reach a result, two lanes at a time, and so the same bits. Where those branch, both ways are computed, and one is selected.

const { add, div, larger, less, lessEqual, mul, neg, smaller, sqrt, sub } = wasm.f64x2;
const { get, set, advance, integer, loadPair, loadSplat, storePair, loopWhile, select } = wasm;
const { and, or } = wasm.v128;

/** So many lanes go through the first half, and then through the second: some 30 kB with eight bins. */
const PIECE = 128;
/** So many pairs are moved in turn, to hide the latency of instructions. */
const TOGETHER = 2;

/** How many numbers the kernel needs for knots, and for what is known of a piece if it is not traced. */
export function splineWorkspace({ bins: K }: SplineShape): { knots: number; known: number } {
  return { knots: 4 * (K + 1), known: knownSize(K, PIECE) };
}

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
  const find = binsOfLanes(
    v,
    shape,
    rawLanes,
    { numbers, knots, pair, point: loadPair(address(points, at)) },
    imported,
  );
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
