// W = P L U and W = Q R, factor by factor: each is a map with an easy determinant, and areas multiply. [31] [32] [16]
//
//   det P = ±1 (an exchange of rows),  det L = 1 (a shear),  det U = Π u_ii
//   |det Q| = 1 (a rotation or a reflection),  det R = Π r_ii
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { det, eye, gridPicture, lu, matmul, qr, take, tensor, transpose } from "diffeo";

const W = tensor([[0.6, 1.2], [1, 0.5]]); // biome-ignore format: a matrix
const { L, U, permutation } = lu(W); // the rows of W in the order of `permutation` are L·U
const P = transpose(take(eye(2), permutation, 0)); // so that W = P L U
const { Q, R } = qr(W);

const factors = { P, L, U, Q, R, W };
console.log("    first row        second row       determinant");
for (const [name, matrix] of Object.entries(factors)) {
  const entries = [...matrix.data].map((entry) => entry.toFixed(4).padStart(8));
  console.log(
    `${name}  ${entries.slice(0, 2).join("")} ${entries.slice(2).join("")}   ${det(matrix).item().toFixed(4).padStart(8)}`,
  );
}
const [detP, detL, detU, detQ, detR, detW] = Object.values(factors).map((matrix) => det(matrix).item());
console.log(`\ndet P · det L · det U = ${(detP * detL * detU).toFixed(4)}`);
console.log(`det Q · det R         = ${(detQ * detR).toFixed(4)}`);
console.log(`det W                 = ${detW.toFixed(4)}`);

/** The square after some factors, the first of which acts first; its area is the product of their determinants. */
function panel(title, applied) {
  const product = Object.values(applied).reduce((before, factor) => matmul(factor, before), eye(2));
  const [name, last] = Object.entries(applied).at(-1);
  const [own, area] = [last, product].map((matrix) => Math.abs(det(matrix).item()).toFixed(2));
  return { title, map: (x) => matmul(x, transpose(product)), cells: 5, note: `|det ${name}| = ${own}, area ${area}` };
}
const square = { title: "x", map: (x) => x, cells: 5, note: "area 1.00" };

const picture = gridPicture({
  title: "W = P L U and W = Q R, factor by factor",
  caption:
    "The factor on the right acts first. P, L and Q keep the area: all that changes it is on the diagonals of U and of R.",
  panels: [
    square,
    panel("U x", { U }),
    panel("L U x", { U, L }),
    panel("P L U x = W x", { U, L, P }),
    square,
    panel("R x", { R }),
    panel("Q R x = W x", { R, Q }),
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "factors.svg"), picture);
