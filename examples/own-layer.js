// A layer of your own: z = x + ½ tanh(x), coordinate by coordinate. It is increasing, so it has an inverse; the inverse
// has no formula, so it is found by Newton's method. Then checkBijection compares all of it with numbers.
// Run it with: node examples/own-layer.js
import {
  add,
  checkBijection,
  Flow,
  flowFrom,
  layer,
  log,
  mul,
  neg,
  Random,
  square,
  standardNormal,
  sub,
  sum,
  tanh,
  tensor,
  variable,
  zeros,
} from "diffeo";

/** z = x + ½ tanh(x);  log|det J| = Σ log(1 + ½(1 − tanh² x)) */
function bend({ dimensions }) {
  const forward = (x) => {
    const t = tanh(x);
    const derivative = add(1, mul(sub(1, square(t)), 0.5));
    return { z: add(x, mul(t, 0.5)), logDet: sum(log(derivative), 1) };
  };
  const inverse = (z) => {
    const x = z.data.slice();
    for (let i = 0; i < x.length; i++) {
      for (let iteration = 0; iteration < 50; iteration++) {
        const t = Math.tanh(x[i]);
        x[i] -= (x[i] + 0.5 * t - z.data[i]) / (1 + 0.5 * (1 - t * t));
      }
    }
    const point = variable(tensor(x, z.shape));
    return { x: point, logDet: neg(forward(point).logDet) };
  };
  return layer({ shape: [dimensions], definition: { type: "bend", dimensions }, forward, inverse });
}

const bent = bend({ dimensions: 2 });
const x = tensor([[0.3, -1.2]]);
const { z, logDet } = bent.forward(x);

const random = new Random(1);
// Newton's method passes no gradients on, so those are not looked at
const report = checkBijection(bent, { random, gradients: false });
// the same layer, had one forgotten its log-det
const forgetful = { ...bent, forward: (x) => ({ ...bent.forward(x), logDet: variable(zeros([x.shape[0]])) }) };
const { failures } = checkBijection(forgetful, { random, gradients: false });

const flow = new Flow(standardNormal([2]), bent);
const saved = JSON.stringify(flow.definition);
const rebuilt = flowFrom(JSON.parse(saved), { layers: { bend } });

console.log("log-det                 ", logDet.item().toFixed(12));
console.log("checked                 ", report.ok);
console.log("had one forgotten it    ", failures[0]);
console.log("there and back          ", bent.inverse(z).x.toArray());
console.log("as a flow, log p(x)     ", flow.logProb(x).item().toFixed(6));
console.log("rebuilt from            ", saved);
console.log("                        ", rebuilt.logProb(x).item().toFixed(6));
console.log("and samples             ", flow.sample(2, new Random(1)));
