// A masked autoregressive layer (MAF) and an inverse autoregressive layer (IAF) that have the same weights. [35, 36]
import { Flow, inverseAutoregressive, maskedAutoregressive, mul, Random, standardNormal, tensor } from "diffeo";

const random = new Random(1);
const maf = maskedAutoregressive({ dimensions: 3, hidden: [16], random });
const iaf = inverseAutoregressive({ dimensions: 3, hidden: [16], random });
for (const [k, weights] of maf.parameters.entries()) {
  weights.assign(mul(random.normal(weights.shape), 0.5)); // as if it were trained
  iaf.parameters[k].assign(weights);
}

const point = tensor([[1, 2, 3]]);
const text = (y) => [...y.data].map((value) => value.toFixed(6)).join("  ");
const { z, logDet } = maf.forward(point);
console.log(`MAF, forward: ${text(z)}   log-det ${text(logDet)}   ${maf.cost.forward}`);
const { x, logDet: logDetBack } = iaf.inverse(point);
console.log(`IAF, inverse: ${text(x)}   log-det ${text(logDetBack)}   ${iaf.cost.inverse}`);
for (const [name, layer] of Object.entries({ MAF: maf, IAF: iaf })) {
  console.log(`${name}, log p(1, 2, 3): ${text(new Flow(standardNormal([3]), layer).score(point))}`);
}
