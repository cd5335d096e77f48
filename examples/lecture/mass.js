// The change of variables: mass is kept, so p(x) is high where f is steep, and low where f is flat. [10] [15]
//
//   p(x) = p(z)·|f′(x)|,   z = f(x),   p(z) = N(z; 0, 1)
//
// f(x) = (sinh x − 1)/4 is flat in the middle and steep on both sides: it makes two hills of one.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { add, div, exp, Flow, layer, log, massPicture, neg, reshape, standardNormal, sub, tensor } from "diffeo";

const logSlope = (x) => reshape(log(div(add(exp(x), exp(neg(x))), 8)), [-1]); // f′(x) = (cosh x)/4
const f = layer({
  shape: [1],
  forward: (x) => ({ z: div(sub(div(sub(exp(x), exp(neg(x))), 2), 1), 4), logDet: logSlope(x) }),
  inverse(z) {
    const x = tensor(z.data.map((value) => Math.asinh(4 * value + 1)), z.shape);
    return { x, logDet: neg(logSlope(x)) };
  },
}); // biome-ignore format: as short as it is
const flow = new Flow(standardNormal([1]), f);

console.log("   x   z = f(x)    f′(x)     p(z)   p(z)·f′(x)    by the library");
for (const x of [-2, 0.4, 2.2]) {
  const [z, slope] = [(Math.sinh(x) - 1) / 4, Math.cosh(x) / 4];
  const base = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const p = Math.exp(flow.logProb(tensor([[x]])).item());
  const columns = [z, slope, base].map((value) => value.toFixed(4).padStart(8));
  console.log(
    x.toFixed(1).padStart(4),
    " ",
    ...columns,
    (base * slope).toFixed(6).padStart(12),
    p.toFixed(6).padStart(17),
  );
}

// The mass between two places: a sum over x in steps of 0.001, and the base's own between the images of both.
const [a, b] = [1, 2.5];
const middles = Array.from({ length: 1500 }, (_, k) => [a + (k + 0.5) * 0.001]);
const mass = flow.score(tensor(middles)).data.reduce((sum, logp) => sum + 0.001 * Math.exp(logp), 0);
const [low, high] = flow.base.cdf(flow.toLatent(tensor([[a], [b]]))).data;
console.log(`\nmass of ${a} < x < ${b}: ${mass.toFixed(6)};  of f(${a}) < z < f(${b}): ${(high - low).toFixed(6)}`);

const picture = massPicture({
  title: "Mass is kept",
  caption: "Bars of one colour have one area: what f stretches gets lower, what f presses together gets higher.",
  flow,
  x: [-3, 3.1],
  bars: 10,
});
writeFileSync(join(process.argv[2] ?? ".", "mass.svg"), picture);
