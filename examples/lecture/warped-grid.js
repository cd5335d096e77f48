// A trained flow bends the plane: a regular grid, carried through f, and |det J| as the area of small cells. [14] [17]
//
//   area of f(cell) / area of the cell  →  |det J(centre)|  as cells get small: the relative error falls as h²
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fit, gridPicture, invert, Random, realNVP, tensor, twoMoons } from "diffeo";

const random = new Random(1);
const flow = realNVP({ dimensions: 2, layers: 6, hidden: [32], random });
await fit(flow, twoMoons().sample(4000, random), { random, steps: 700, learningRate: 5e-3, schedule: "cosine" });

/** The area of the image of a square, by the shoelace formula on 400 points along each of its sides. */
function areaOfImage([a, b], side) {
  const along = Array.from({ length: 400 }, (_, k) => side * (k / 400 - 0.5));
  const half = side / 2;
  const around = [
    ...along.map((t) => [a + t, b - half]),
    ...along.map((t) => [a + half, b + t]),
    ...along.map((t) => [a - t, b + half]),
    ...along.map((t) => [a - half, b - t]),
  ];
  const z = flow.toLatent(tensor(around)).toArray();
  const next = (k) => z[(k + 1) % z.length];
  return Math.abs(z.reduce((sum, [z1, z2], k) => sum + (z1 * next(k)[1] - z2 * next(k)[0]) / 2, 0));
}

const centre = [0, 1.5]; // on the upper moon
const factor = Math.exp(flow.bijection.forward(tensor([centre])).logDet.item());
console.log(`at x = (${centre.join(", ")}) f changes areas by |det J| = exp(log|det J|) = ${factor.toFixed(5)}\n`);
console.log("    h    area of f(cell) / h²   relative error   shrinks by");
let before = Number.NaN;
for (const h of [0.4, 0.2, 0.1, 0.05, 0.025]) {
  const ratio = areaOfImage(centre, h) / h ** 2;
  const error = Math.abs(ratio / factor - 1);
  const shrinks = Number.isNaN(before) ? "" : (before / error).toFixed(2);
  console.log(h.toFixed(3), ratio.toFixed(5).padStart(19), error.toFixed(5).padStart(18), shrinks.padStart(12));
  before = error;
}

const points = twoMoons().sample(300, random);
const data = { x: [-3, 3.2], y: [-1.8, 2.2], cells: 18, view: { x: [-4, 4], y: [-4, 4] }, points };
const latent = { ...data, x: [-2.6, 2.6], y: [-2.6, 2.6], cells: 17, points: flow.toLatent(points) };
const picture = gridPicture({
  title: "A flow trained on two moons bends the plane",
  caption: "Orange: the map makes areas larger. Blue: smaller. Dots: points of the data, carried along.",
  panels: [
    { title: "data x", ...data, map: (x) => x },
    { title: "z = f(x): to the base", ...data, map: flow.bijection },
    { title: "x = f⁻¹(z): a grid of z, to the data", ...latent, map: invert(flow.bijection) },
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "warped-grid.svg"), picture);
