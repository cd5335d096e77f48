// The change of variables in numbers: z = 2x stretches by 2, so x lies twice as dense: p(x) = 2·p_Z(2x). [10, 11, 15]
//
//   log p(x) = log p_Z(f(x)) + log|f′(x)|,   f(x) = 2x,   f′(x) = 2
//
// Run it with: node examples/lecture/two-x.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { diagonalLinear, Flow, massPicture, standardNormal, tensor } from "diffeo";

const base = standardNormal([1]);
const double = diagonalLinear({ weight: tensor([[2]]) }); // f, and it knows log|f′|
const flow = new Flow(base, double);

console.log("   x    2x   p_Z(2x)   2·p_Z(2x)   exp(flow.logProb(x))");
for (const x of [0, 0.5, 1]) {
  const byHand = Math.exp(-((2 * x) ** 2) / 2) / Math.sqrt(2 * Math.PI); // N(2x; 0, 1)
  const ofFlow = Math.exp(flow.logProb(tensor([x])).item());
  const densities = [byHand, 2 * byHand, ofFlow].map((p, i) => p.toFixed(4).padStart([9, 11, 22][i]));
  console.log(x.toFixed(1).padStart(4), (2 * x).toFixed(1).padStart(5), ...densities);
}

const { z, logDet } = double.forward(tensor([[0.5]]));
const back = double.inverse(z);
console.log(`forward  x = 0.5 → z = ${z.item()},  log|dz/dx| = ${logDet.item().toFixed(4)} = ln 2`);
console.log(`inverse  z = 1 → x = ${back.x.item()},  log|dx/dz| = ${back.logDet.item().toFixed(4)} = −ln 2`);

const caption =
  "z = 2x: bars of one colour hold the same mass; by the numbers on the axes, those over x are half as wide and twice as high";
const picture = massPicture({ title: "p(x) = 2·p(2x)", caption, flow, x: [-1.8, 1.8], bars: 8 });
writeFileSync(join(process.argv[2] ?? ".", "two-x.svg"), picture);
