// The inverse function theorem, on a flow: J of f⁻¹ at z is the inverse matrix of J of f at x. [9, 11–13, 16]
//
// Run it with: node examples/lecture/inverse-function.js [FOLDER]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { heatmapPicture, jacobian, logAbsDet, matmul, mul, Random, realNVP, reshape } from "diffeo";

const D = 4;
const random = new Random(1);
const { bijection } = realNVP({ dimensions: D, layers: 4, hidden: [8], random });
for (const p of bijection.parameters) p.assign(mul(random.normal(p.shape), 0.3)); // as if trained

const x = random.normal([D]);
const there = bijection.forward(reshape(x, [1, D]));
const back = bijection.inverse(there.z);
const J = jacobian((at) => reshape(bijection.forward(reshape(at, [1, D])).z, [D]), x);
const K = jacobian((at) => reshape(bijection.inverse(reshape(at, [1, D])).x, [D]), reshape(there.z, [D]));
const product = matmul(K, J);

const print = (name, numbers) => console.log(name.padEnd(28), Array.from(numbers, (v) => v.toFixed(6)).join("  "));
print("x", x.data);
print("z = f(x)", there.z.data);
print("f⁻¹(z)", back.x.data);
print("log|det J_f|, by the flow", [there.logDet.item()]);
print("                from J", [logAbsDet(J).item()]);
print("log|det J_f⁻¹|, by the flow", [back.logDet.item()]);
print("                from J", [logAbsDet(K).item()]);
const off = product.data.map((value, i) => Math.abs(value - Number(i % (D + 1) === 0)));
console.log(`J_f⁻¹·J_f is the identity to ${Math.max(...off).toExponential(0)}`);

const picture = heatmapPicture({
  title: "J of f, J of its inverse, and their product",
  caption: "A RealNVP of four couplings at one point: x and z both in ℝ⁴, so that J is square",
  panels: [
    { title: "∂z/∂x", values: J },
    { title: "∂x/∂z", values: K },
    { title: "their product", values: product },
  ],
});
writeFileSync(join(process.argv[2] ?? ".", "inverse-function.svg"), picture);
