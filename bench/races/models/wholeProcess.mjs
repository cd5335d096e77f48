// A process that trains one of the flows, and says its first losses: node wholeProcess.mjs '{"name":"realNVP", …}'

import { COMPARED, startOf, training } from "./flows.mjs";

const { name, sizes, rows, count, threads } = JSON.parse(process.argv[2]);
const options = threads === 1 ? {} : { threads: { count: threads, worker: await nodeWorker() } };
const losses = [];
for (const { loss } of training(startOf(name, sizes, rows), { steps: count, ...options })) losses.push(loss);
console.log(JSON.stringify({ losses: losses.slice(0, COMPARED) }));

async function nodeWorker() {
  return (await import("../../../dist/threads/node.js")).nodeWorker;
}
