// |det J| is by how much f changes volume: z = Wx makes of the unit square a parallelogram of the area |det W|. [14] [27]
//
// J = W. Its columns are the images of the two edges at the origin; det W is negative where these have changed sides.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { det, gridPicture, matmul, tensor, transpose } from "diffeo";

const matrices = {
  identity: [[1, 0], [0, 1]],
  shear: [[1, 0.7], [0, 1]],
  stretch: [[1.6, 0], [0, 0.5]],
  rotation: [[0.8, -0.6], [0.6, 0.8]],
  reflection: [[1, 0], [0, -1]],
  permutation: [[0, 1], [1, 0]],
  "near-singular": [[1, 0.6], [0.8, 0.5]],
}; // biome-ignore format: matrices

/** The area inside corners that are joined in turn, by the shoelace formula: negative if they go round clockwise. */
function shoelace(corners) {
  let twice = 0;
  for (let k = 0; k < corners.length; k++) {
    const [[x1, x2], [y1, y2]] = [corners[k], corners[(k + 1) % corners.length]];
    twice += x1 * y2 - x2 * y1;
  }
  return twice / 2;
}

const square = tensor([[0, 0], [1, 0], [1, 1], [0, 1]]); // biome-ignore format: corners
console.log("W               det W   measured area, signed");
const panels = Object.entries(matrices).map(([title, rows]) => {
  const W = tensor(rows);
  const map = (x) => matmul(x, transpose(W)); // z = Wx for each row x
  const area = shoelace(map(square).toArray());
  console.log(`${title.padEnd(14)} ${det(W).item().toFixed(3).padStart(6)}   ${area.toFixed(3).padStart(6)}`);
  return { title, map, cells: 5, note: `det W = ${det(W).item().toFixed(2)}, area ${Math.abs(area).toFixed(2)}` };
});

const picture = gridPicture({
  title: "The unit square under z = Wx",
  caption:
    "The area of the parallelogram is |det W|; its edges are the columns of W. Where blue is clockwise from orange, det W < 0.",
  panels,
});
writeFileSync(join(process.argv[2] ?? ".", "unit-square.svg"), picture);
