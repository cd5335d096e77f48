// The bridge between two modes: what a homeomorphism leaves connected. [10, 14, 17]
//
// The base is one piece: the straight line between two z runs where N(0, I) is at least as dense as at one of its ends. f⁻¹ carries it
// to a path between the two x, on which log p(x) = log p(z) + log|det J| is low only as far as |det J| is small. So no learned density
// falls into two pieces: between the modes stays a bridge, on which f⁻¹ pulls space apart, as the dots of the path do.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { densityPicture, diagonalNormal, fit, mixture, Random, realNVP, tensor, twoMoons } from "diffeo";

const blob = (loc) => diagonalNormal({ loc: tensor(loc), logScale: Math.log(0.35) });
const blobs = mixture({ logits: tensor([0, 0]), components: [blob([-2, 0]), blob([2, 0])] });
const PLACES = 401;

/** Fits a flow to a target, and follows the line between the latents of its two modes. */
async function study(label, target, modes) {
  const random = new Random(1);
  const flow = realNVP({ dimensions: 2, layers: 8, hidden: [32, 32], random });
  const settings = { steps: 500, learningRate: 1e-2, schedule: "cosine", clipNorm: 5, random };
  await fit(flow, (n, generator) => target.sample(n, generator), settings);
  const learned = (x) => flow.score(x);
  const exact = (x) => target.logProb(x);

  const [a, b] = flow.toLatent(tensor(modes)).toArray();
  const between = (t) => [0, 1].map((j) => (1 - t) * a[j] + t * b[j]);
  const z = tensor(Array.from({ length: PLACES }, (_, i) => between(i / (PLACES - 1))));
  const x = flow.toData(z);
  const [logP, logPz, logExact] = [learned(x), flow.base.logProb(z), exact(x)];
  const print = (name, i) => {
    const row = [logPz.at(i), logP.at(i) - logPz.at(i), logP.at(i), logExact.at(i)];
    console.log(`  ${name.padEnd(26)}`, ...row.map((value) => value.toFixed(2).padStart(10)));
  };
  const lowest = ({ data }) => data.indexOf(Math.min(...data));
  console.log(label.padEnd(28), "  log p(z) log|det J|   log p(x)      exact");
  print("one mode", 0);
  print("where the exact is lowest", lowest(logExact));
  print("where p is lowest", lowest(logP));
  print("the other mode", PLACES - 1);

  const panels = [
    { title: "p, learned", logProb: learned },
    { title: "log p, learned; the path", logProb: learned, nats: 15, data: x },
    { title: "log p, exact; the path", logProb: exact, nats: 15, data: x },
    { title: "z of data; the line", samples: flow.toLatent(target.sample(600, random)), data: z },
  ];
  return { label, panels };
}

const moons = await study("two moons", twoMoons(), [[-1, 1.8], [1, -1.2]]); // biome-ignore format: two points
const gaussians = await study("two Gaussians", blobs, [[-2, 0], [2, 0]]); // biome-ignore format: two points
const title = "Two modes, and the bridge between them";
const caption =
  "a RealNVP carries one connected Gaussian to two modes; orange: a straight line of latents, and where f⁻¹ takes it";
const svg = await densityPicture({ title, caption, x: [-4, 4], y: [-4, 4], rows: [moons, gaussians] });
writeFileSync(join(process.argv[2] ?? ".", "bridge.svg"), svg);
