// What exchanging coordinates does to volumes and densities: det J, log|det J|, and how likely Gaussian data are. [14, 24]
import { det, Flow, mean, numericalJacobian, permutation, Random, reshape, standardNormal, tensor } from "diffeo";

const x = new Random(1).normal([1000, 3]);
function look(order) {
  const layer = permutation({ permutation: order });
  const f = (point) => reshape(layer.forward(reshape(point, [1, 3])).z, [3]);
  const { jacobian } = numericalJacobian(f, tensor([1, 2, 3]));
  const flow = new Flow(standardNormal([3]), layer);
  const z = order.map((i) => `x${i + 1}`);
  const [d, l, p] = [det(jacobian), layer.forward(x).logDet, flow.score(x)].map((y) => mean(y).item().toFixed(4));
  console.log(`z = (${z})   det J ${d.padStart(7)}   log|det J| ${l}   mean log p ${p}`);
}
look([0, 1, 2]);
look([1, 0, 2]);
look([1, 2, 0]);
look([2, 1, 0]);
