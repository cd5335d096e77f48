// z = Wx for every structure of W: what its determinant is, and what it costs to know. [24–33]
//
//   a permutation: |det W| = 1;  diagonal, triangular, P L U, Q R: a product of D numbers;  full: elimination, O(D³)
//
// Run it with: node examples/lecture/linear-flows.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { abs, add, diagonal, jacobian, log, lu, mul, noGrad, qr, reshape, slogdet, sum } from "diffeo/autograd";
import { diagonalLinear, fullLinear, luLinear, permutation, qrLinear, triangularLinear } from "diffeo/flows";
import { heatmapPicture } from "diffeo/plot";
import { ones, Random, zeros } from "diffeo/tensor";

// Each kind of layer, and the D numbers whose product is |det W|; factors are computed once, before training begins.
const kinds = {
  permutation: [(dimensions, random) => permutation({ dimensions, random }), ({ shape }) => ones([shape[0]])],
  diagonal: [(dimensions) => diagonalLinear({ dimensions }), (W) => diagonal(W)],
  triangular: [(dimensions) => triangularLinear({ dimensions }), (W) => diagonal(W)],
  "P L U": [(dimensions, random) => luLinear({ dimensions, random }), (W) => diagonal(lu(W).U)],
  "Q R": [(dimensions, random) => qrLinear({ dimensions, random }), (W) => diagonal(qr(W).R)],
  full: [(dimensions, random) => fullLinear({ dimensions, random }), null],
};

/** A layer somewhere on its way, all parameters moved a little, and W: the Jacobian of z = Wx, wherever one asks. */
function trained(kind, D) {
  const random = new Random(Object.keys(kinds).indexOf(kind));
  const layer = kinds[kind][0](D, random);
  for (const p of layer.parameters) p.assign(add(p, mul(random.normal(p.shape), 0.5 / Math.sqrt(D))));
  return { layer, W: jacobian((x) => reshape(layer.forward(reshape(x, [1, D])).z, [D]), zeros([D])) };
}

/** The median time of f, in µs. */
function time(f) {
  const times = Array.from({ length: 101 }, () => {
    const start = performance.now();
    noGrad(f);
    return 1000 * (performance.now() - start);
  });
  return `${times.sort((a, b) => a - b)[50].toFixed(0)} µs`.padStart(10);
}

const panels = [];
console.log("                      log|det W|, D = 128                  time");
console.log("             of the layer  by structure  by elimination   structure  elimination");
for (const [kind, [, numbersOf]] of Object.entries(kinds)) {
  const { layer, W } = trained(kind, 128);
  const numbers = numbersOf?.(W);
  const structure = numbers && (() => sum(log(abs(numbers)))); // Σ log|d_i|
  const values = [layer.forward(zeros([1, 128])).logDet, structure?.(), slogdet(W).logAbsDet];
  console.log(
    kind.padEnd(11),
    ...values.map((value) => (value?.item().toFixed(9) ?? "–").padStart(14)),
    structure ? time(structure) : "–".padStart(10),
    time(() => slogdet(W)),
  );
  panels.push({ title: kind, values: trained(kind, 8).W });
}
const picture = heatmapPicture({ title: "W of six linear flows", caption: "D = 8; white is exactly 0", panels });
writeFileSync(join(process.argv[2] ?? ".", "linear-flows.svg"), picture);
