// Training that is broken off, saved, and gone on with elsewhere ends at the very bits that it would have had; and the flow as a file.
// Run it with: node examples/stop-and-resume.js
import { describeModel, loadFlow, Random, realNVP, saveCheckpoint, saveFlow, train, twoMoons } from "diffeo";

const x = twoMoons().sample(1000, new Random(1));
const makeFlow = (seed) => realNVP({ dimensions: 2, layers: 4, hidden: [16], random: new Random(seed) });
const options = { steps: 60, batchSize: 64, validation: 0.2 };
/** Runs training to its end, or up to some step. */
function run(training, lastStep = Number.POSITIVE_INFINITY) {
  for (const { step } of training) if (step === lastStep) break;
  return training;
}

const whole = makeFlow(2);
run(train(whole, x, { ...options, random: new Random(3) }));

const first = makeFlow(2);
const bytes = saveCheckpoint(run(train(first, x, { ...options, random: new Random(3) }), 25)); // in the middle of an epoch
console.log(`stopped after 25 steps: a checkpoint of ${bytes.length} bytes`);

const second = makeFlow(99); // other weights and another generator: the checkpoint has both
run(train(second, x, { ...options, random: new Random(99), resume: bytes }));
const same = second.parameters.every((parameter, k) =>
  parameter.data.every((value, i) => Object.is(value, whole.parameters[k].data[i])),
);
console.log(`gone on to step 60: the same weights as never stopped, to the bit: ${same}`);

const file = saveFlow(second, { seed: 3, columns: ["x₁", "x₂"] }); // writeFileSync("moons.safetensors", file)
const { version, extra, tensors } = describeModel(file);
console.log(`saved by diffeo ${version}, ${tensors.size} tensors, columns ${extra.columns.join(" and ")}`);
console.log(`log p of a point ${second.score(x).at(0)}\nopened again    ${loadFlow(file).score(x).at(0)}`);
