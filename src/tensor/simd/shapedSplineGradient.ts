import type { Code, KernelCode } from "./assembler.ts";
import * as wasm from "./assembler.ts";
import { NUMBER, pairBytes, RawLanes, SLOT, type SplineShape } from "./splineLanes.ts";
import { Variables } from "./variables.ts";

// The loops of kernels/splineGradient.ts and pullKnots, two lanes at a time. A lane has one point, which asks something of the two ends of its bin only;
// what the plain loops add up over all knots of a lane is, but for zeros, made of that.

const { add, div, equal, less, mul, neg, sub } = wasm.f64x2;
const { get, set, advance, integer, loadPair, loadSplat, storePair, loopTo, loopWhile, select } = wasm;
const { and, or, xor } = wasm.v128;

/**
 * run(lanes, points, gTo, gLogSlope, known, gPoints, gRaw, numbers, beyond): the cotangents of points and raw numbers, from those of moved points and of ln of
 * the slopes, and from what is known of all pairs of lanes; `beyond` has room for 2K pairs.
 */
export function shapedSplineGradient(shape: SplineShape): KernelCode {
  const { bins: K, rawNumbers: P, coordinates: E, tails, direction } = shape;
  const v = new Variables();
  const [lanes, points, gTo, gLogSlope, pair, gPoints, gRaw, numbers, beyond] = v.parameters(9);
  const rawLanes = new RawLanes(v, shape);
  const [at, bytes, share, sum] = v.locals(4);
  const zero = v.constant(0);
  const two = v.constant(2);
  const [all, active, index, cursor, here, after, x, first, second] = v.locals(9, "v128");
  const column = 8 * E;
  const sides = [0, 1].map((side) => {
    const [ofLow, ofHigh, total, inner, scale] = v.locals(5, "v128");
    return { ofLow, ofHigh, total, inner, scale, side, shareBytes: 16 * side * K, rawBytes: side * K * column };
  });
  const pairAt = (pointer: wasm.Local): Code => loadPair(wasm.i32.add(get(pointer), get(at)));
  const load = (which: number): Code => v.keep(loadPair(get(pair), 16 * (2 * K + which)));
  const number = (which: number): Code => loadSplat(get(numbers), 8 * which);
  const minusOne = all; // all bits set, as an integer

  /** What the points ask of the ends of their bins: of knots, times the scales of their sides, and of raw slopes. */
  const ofPoints = (): Code => {
    const point = v.keep(pairAt(points));
    const asked = v.keep(pairAt(gTo));
    const b = v.keep(pairAt(gLogSlope));
    const inside = v.keep(and(less(number(NUMBER.left), point), less(point, number(NUMBER.right))));
    const past = v.keep(select(inside, zero, asked));
    const a = v.keep(and(inside, asked));
    const something = xor(and(equal(a, zero), equal(b, zero)), get(all));
    v.keep(tails === "linear" ? and(inside, something) : something, active);

    const [x0, x1, y0, y1] = [SLOT.x0, SLOT.x1, SLOT.y0, SLOT.y1].map(load);
    const [d0, d1, theta, beta] = [SLOT.d0, SLOT.d1, SLOT.theta, SLOT.beta].map(load);
    const w = v.keep(sub(x1, x0));
    const h = v.keep(sub(y1, y0));
    const s = v.keep(div(h, w));
    const product = v.keep(mul(theta, beta));
    const p = v.keep(mul(theta, add(mul(s, theta), mul(d0, beta))));
    const q = v.keep(mul(beta, add(mul(s, beta), mul(d1, theta))));
    const D = v.keep(add(p, q));
    const theta2 = v.keep(mul(theta, theta));
    const beta2 = v.keep(mul(beta, beta));
    const [upper, lower] = [v.keep(mul(d1, theta2)), v.keep(mul(d0, beta2))];
    const A = v.keep(add(add(upper, mul(mul(s, two), product)), lower));
    const ratio = v.keep(div(s, D));
    const ratio2 = v.keep(mul(ratio, ratio));
    const slope = v.keep(mul(A, ratio2));
    const difference = v.keep(sub(beta, theta));
    const d = v.keep(add(d0, d1));
    const ofA = div(add(sub(mul(d1, theta), mul(d0, beta)), mul(s, difference)), A);
    const ofD = div(mul(sub(d, mul(two, s)), difference), D);
    const bend = v.keep(div(mul(two, sub(ofA, ofD)), w));

    const forward = direction === "forward";
    const alongX = v.keep(forward ? add(mul(a, slope), mul(b, bend)) : neg(a));
    const alongY = forward ? a : v.keep(div(sub(mul(b, bend), a), slope));
    const ofLog = forward ? b : v.keep(neg(b));
    const gPoint = v.keep(select(get(active), forward ? add(past, alongX) : sub(past, alongY), past));
    const statements = [...v.statements()].flat();

    const flatness = mul(mul(two, product), add(div(s, A), div(d, D)));
    const ofChord = v.keep(
      add(mul(mul(mul(alongY, ratio2), product), sub(upper, lower)), div(mul(ofLog, flatness), w)),
    );
    const qD = v.keep(div(q, D));
    const pD = v.keep(div(p, D));
    const perS = v.keep(div(ofChord, s));
    const [ofX, ofY] = sides;
    v.keep(mul(get(ofX.scale), sub(ofChord, mul(beta, alongX))), ofX.ofLow);
    v.keep(mul(get(ofX.scale), sub(zero, add(ofChord, mul(theta, alongX)))), ofX.ofHigh);
    v.keep(mul(get(ofY.scale), sub(mul(alongY, qD), perS)), ofY.ofLow);
    v.keep(mul(get(ofY.scale), add(mul(alongY, pD), perS)), ofY.ofHigh);
    const steepness = v.keep(mul(mul(alongY, h), div(product, D)));
    const lessens = v.keep(div(mul(two, product), D));
    const ofFirst = add(mul(steepness, qD), mul(ofLog, sub(div(beta2, A), lessens)));
    const ofSecond = sub(mul(ofLog, sub(div(theta2, A), lessens)), mul(steepness, pD));
    [ofFirst, ofSecond].forEach((cotangent, end) => {
      const sigmoid = load(SLOT.raw0 + end); // negative where the slope does not depend on a raw number
      const asks = v.keep(add(zero, mul(cotangent, sigmoid)));
      v.keep(and(get(active), select(less(sigmoid, zero), zero, asks)), [first, second][end]);
    });
    return [
      ...statements,
      ...storePair(wasm.i32.add(get(gPoints), get(at)), gPoint),
      ...v.statements().flat(),
      ...set(index, loadPair(get(pair), 16 * (2 * K + SLOT.index))),
    ];
  };

  // from the last bin to the first: what is asked of all knots beyond it, and the sum of that over the bins, weighted with their shares
  const bitsOf = (value: number): Code => (value === 0 ? zero : wasm.bits(value < 0 ? -1 : 0, value));
  const isZero = wasm.i64x2.equal(get(cursor), zero);
  const totals = [
    ...sides.flatMap(({ total, inner }) => [...set(total, zero), ...set(inner, zero)]),
    ...set(cursor, wasm.i64x2.add(get(index), bitsOf(K - 1))),
    ...set(here, isZero),
    ...set(share, wasm.i32.add(get(pair), integer(16 * (K - 1)))),
    ...set(sum, wasm.i32.add(get(beyond), integer(16 * (K - 1)))),
    ...sides.flatMap(({ shareBytes }) => storePair(get(sum), zero, shareBytes)),
    ...loopWhile(wasm.i32.less(get(pair), get(share)), [
      ...advance(share, integer(-16)),
      ...advance(sum, integer(-16)),
      ...set(after, get(here)),
      ...set(cursor, wasm.i64x2.add(get(cursor), get(minusOne))),
      ...set(here, isZero),
      ...sides.flatMap(({ total, inner, ofLow, ofHigh, shareBytes }) => [
        ...set(total, add(get(total), or(and(get(here), get(ofHigh)), and(get(after), get(ofLow))))),
        ...storePair(get(sum), get(total), shareBytes),
        ...set(inner, add(get(inner), mul(get(total), loadPair(get(share), shareBytes)))),
      ]),
    ]),
  ];
  const widthsAndHeights = [
    ...set(bytes, integer(0)), // share and sum are back at the first bin
    ...loopTo(bytes, integer(K * column), column, [
      ...sides.flatMap(({ inner, shareBytes, rawBytes }) => [
        ...set(x, mul(sub(loadPair(get(sum), shareBytes), get(inner)), loadPair(get(share), shareBytes))),
        ...set(x, and(get(active), get(x))),
        ...rawLanes.store(get(bytes), x, rawBytes),
      ]),
      ...advance(share, integer(16)),
      ...advance(sum, integer(16)),
    ]),
  ];
  // the slopes at the knots from the first one that is free
  const knot = tails === "linear" ? 1 : 0;
  const slopes = [
    ...set(cursor, wasm.i64x2.add(get(index), bitsOf(knot - 1))),
    ...set(here, isZero),
    ...set(bytes, integer(2 * K * column)),
    ...loopTo(bytes, integer(P * column), column, [
      ...set(after, get(here)), // of the knot before
      ...set(cursor, wasm.i64x2.add(get(cursor), bitsOf(1))),
      ...set(here, isZero),
      ...set(x, or(and(get(here), get(first)), and(get(after), get(second)))),
      ...rawLanes.store(get(bytes), x),
    ]),
  ];

  const each = [...ofPoints(), ...totals, ...widthsAndHeights, ...slopes];
  return v.kernel([
    ...set(all, equal(zero, zero)),
    ...sides.flatMap(({ scale, side }) => set(scale, number(NUMBER.scaleX + side))),
    ...rawLanes.begin(get(gRaw)),
    ...loopWhile(wasm.i32.less(integer(0), get(lanes)), [
      ...rawLanes.single(wasm.i32.equal(get(lanes), integer(1))),
      ...each,
      ...rawLanes.next(),
      ...advance(pair, integer(pairBytes(K))),
      ...advance(at, integer(16)),
      ...advance(lanes, integer(-2)),
    ]),
  ]);
}
