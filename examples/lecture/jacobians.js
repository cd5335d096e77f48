// The structure of J = ∂z/∂x, layer by layer, and what it makes of the determinant. [9] [24] [25] [26] [28] [36] [37]
//
// White is exactly 0. A permutation has det ±1, a diagonal or triangular J the product of its diagonal; only a full one needs
// elimination, O(D³). Compositions fill J up, but the determinant is still a product of simple ones. [16]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as diffeo from "diffeo";

const D = 8;
const random = new diffeo.Random(3);
const half = diffeo.halvesMask(D); // the first half passes, and says how the second is moved
const other = diffeo.complement(half);
const hidden = [32];
const coupling = (mask) => diffeo.affineCoupling({ dimensions: D, mask, hidden, random });
const permutation = () => diffeo.permutation({ dimensions: D, random });

const layers = {
  permutation: permutation(),
  diagonal: diffeo.elementwiseSpline({ dimensions: D }),
  triangular: diffeo.triangularLinear({ dimensions: D }),
  full: diffeo.fullLinear({ dimensions: D, random }),
  autoregressive: diffeo.maskedAutoregressive({ dimensions: D, hidden, random }),
  "inverse autoregressive": diffeo.inverseAutoregressive({ dimensions: D, hidden, random }),
  "coupling, halves": coupling(half),
  "coupling, alternating": coupling(diffeo.alternatingMask(D)),
  "two couplings, permutation": diffeo.compose(coupling(half), permutation(), coupling(half)),
  "three couplings": diffeo.compose(coupling(half), coupling(other), coupling(half)),
};
for (const { parameters } of Object.values(layers)) {
  for (const weights of parameters) weights.assign(diffeo.mul(random.normal(weights.shape), 0.25)); // away from the identity
}

const x = random.normal([1, D]);
console.log("layer                        zeros of 64   log|det J|   by elimination");
const panels = Object.entries(layers).map(([title, layer]) => {
  const J = diffeo.reshape(
    diffeo.jacobian((point) => layer.forward(point).z, x),
    [D, D],
  );
  const zeros = J.data.filter((entry) => entry === 0).length;
  const byStructure = layer.forward(x).logDet.item().toFixed(6);
  const byElimination = diffeo.slogdet(J).logAbsDet.item().toFixed(6);
  console.log(title.padEnd(29), String(zeros).padStart(10), byStructure.padStart(12), byElimination.padStart(16));
  return { title, values: J, rowLabels: names("z"), columnLabels: names("x"), note: `${zeros} zeros` };
});

/** z₁ … z₈ */
function names(letter) {
  return Array.from("₁₂₃₄₅₆₇₈", (digit) => letter + digit);
}

const picture = diffeo.heatmapPicture({
  title: "J = ∂z/∂x of a point, D = 8",
  caption: "Row i, column j: ∂z_i/∂x_j. It is exactly 0, and white, where z_i does not depend on x_j.",
  panels,
});
writeFileSync(join(process.argv[2] ?? ".", "jacobians.svg"), picture);
