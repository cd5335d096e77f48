// From W = I, det 1, to the exchange of two coordinates, det −1: on a straight line, and by gradient steps. [27, 29, 31]
import * as diffeo from "diffeo";

const { fullLinear, luLinear } = diffeo;
const x = new diffeo.Random(1).normal([1000, 2]);
const onTheLine = (t) => diffeo.tensor([1 - t, t, t, 1 - t], [2, 2]); // det 1 − 2t

function descend(start, t, steps) {
  const layer = start({ weight: onTheLine(t) });
  const flow = new diffeo.Flow(diffeo.standardNormal([2]), layer);
  for (let step = 0; step < steps; step++) {
    const grads = diffeo.grad(diffeo.forwardKL(flow, x), layer.parameters);
    for (const [k, p] of layer.parameters.entries()) p.assign(diffeo.sub(p, diffeo.mul(grads[k], 0.01)));
  }
  const loss = diffeo.forwardKL(flow, x);
  const slope = Math.hypot(...diffeo.grad(loss, layer.parameters).map((g) => diffeo.norm(g).item()));
  const [d, l, s] = [diffeo.det(layer.matrix()).item(), loss.item(), slope].map((y) => y.toFixed(3).padStart(7));
  console.log(
    `${start.name.padEnd(10)}  t = ${t}, ${steps} steps:`.padEnd(33),
    `det W ${d}   loss ${l}   |gradient| ${s}`,
  );
}
for (const t of [0, 0.4, 0.49, 0.499, 0.501, 1]) descend(fullLinear, t, 0);
for (const t of [0.49, 0.51]) for (const steps of [1, 500]) descend(fullLinear, t, steps);
for (const t of [0.49, 0.51]) for (const steps of [1, 500]) descend(luLinear, t, steps);
