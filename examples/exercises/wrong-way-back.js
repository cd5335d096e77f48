// Two layers, f(x) = f₂(f₁(x)), undone in the right order and in the wrong one. [16, 18, 19]
import { add, compose, elementwiseAffine, Flow, mean, Random, standardNormal, std, tensor } from "diffeo";

const f1 = elementwiseAffine({ dimensions: 1 }); // (x − μ)/σ
const f2 = elementwiseAffine({ dimensions: 1 });
f1.parameters[0].assign(tensor([5])); // f₁(x) = x − 5
f2.parameters[1].assign(tensor([Math.log(2)])); // f₂(x) = x/2
const flow = new Flow(standardNormal([1]), compose(f1, f2)); // N(5, 2²)

const z = new Random(1).normal([10_000, 1]);
function goBack(name, first, second) {
  const between = first.inverse(z);
  const { x, logDet } = second.inverse(between.x);
  const numbers = [mean(x), std(x), mean(add(between.logDet, logDet)), mean(flow.score(x))];
  const [m, s, l, p] = numbers.map((number) => number.item().toFixed(3).padStart(6));
  console.log(`${name}   mean ${m}   deviation ${s}   log-det ${l}   mean log p ${p}`);
}
goBack("f₁⁻¹(f₂⁻¹(z))", f2, f1);
goBack("f₂⁻¹(f₁⁻¹(z))", f1, f2);
