// The invertible matrices come in two pieces, det W > 0 and det W < 0, with det W = 0 between them. [29–33]
//
//   W(a, b) = (a b; b 1),  det W = a − b²;   ∂ log|det W| / ∂W = W⁻ᵀ,  without bound on the way to the border
//
// Run it with: node examples/lecture/two-components.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { det, grad, inv, logAbsDet, slice, square, sub, transpose, variable } from "diffeo/autograd";
import { fullLinear, luLinear, qrLinear } from "diffeo/flows";
import { densityPicture } from "diffeo/plot";
import { Random } from "diffeo/tensor";

console.log("     a     det W   log|det W|   ∂ log|det W|/∂a   (W⁻ᵀ)₁₁");
for (const a of [1, 0.5, 0.26, 0.2501, 0.2499, 0, -1]) {
  const W = variable([
    [a, 0.5],
    [0.5, 1],
  ]);
  const [gradient] = grad(logAbsDet(W), [W]);
  const numbers = [a - 0.25, logAbsDet(W).item(), gradient.at(0, 0), transpose(inv(W)).at(0, 0)];
  console.log(a.toFixed(4).padStart(7), ...numbers.map((v, i) => v.toFixed(4).padStart([9, 12, 15, 14][i])));
}

// What parameters can reach: of a full W every matrix, singular ones too; of P L U and Q R one of the two pieces, never the border.
const random = new Random(1);
const start = random.normal([3, 3]);
const makers = { full: fullLinear, "P L U": luLinear, "Q R": qrLinear };
console.log(`det W at the start ${det(start).item().toFixed(4)}; with 1,000 random parameters`);
for (const [name, make] of Object.entries(makers)) {
  const layer = make({ dimensions: 3, weight: start });
  const dets = Array.from({ length: 1000 }, () => {
    for (const p of layer.parameters) p.assign(random.normal(p.shape));
    return det(layer.matrix()).item();
  });
  const positive = dets.filter((value) => value > 0).length;
  const least = Math.min(...dets.map(Math.abs));
  console.log(
    `  ${name.padEnd(6)} det W > 0: ${positive}, < 0: ${1000 - positive}; the least |det W| ${least.toExponential(0)}`,
  );
}

const determinant = (at) => sub(slice(at, null, 0), square(slice(at, null, 1))); // a − b² at points (a, b)
const panel = { values: determinant, valuesLabel: "det W" };
const title = "det W of the matrices (a b; b 1)";
const caption =
  "orange: det W > 0, blue: det W < 0; on the parabola between W has no inverse, and every way across meets it";
const picture = await densityPicture({ title, caption, x: [-2, 3], y: [-1.5, 1.5], axes: ["a", "b"], panels: [panel] });
writeFileSync(join(process.argv[2] ?? ".", "two-components.svg"), picture);
