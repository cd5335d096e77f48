// Log-densities on another thread. What a message can hold are plain objects and arrays of numbers: a tensor goes as its shape and data, a
// flow as its definition and the numbers of its parameters and buffers. In a browser, `new Worker` and `self` take the places of what is
// imported from node:worker_threads, and the rest stays as it is.
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { flowFrom, Random, realNVP, tensor, twoMoons } from "diffeo";

const toMessage = (x) => ({ shape: x.shape, data: x.data }); // what tensor() reads

function flowToMessage(flow) {
  const numbersOf = (named) => [...named].map(([name, x]) => [name, toMessage(x)]);
  return {
    definition: flow.definition,
    buffers: numbersOf(flow.bijection.buffers),
    parameters: numbersOf(flow.named()),
  };
}

function flowFromMessage({ definition, buffers, parameters }) {
  const flow = flowFrom(definition, { buffers: new Map(buffers.map(([name, x]) => [name, tensor(x)])) });
  const named = flow.named();
  for (const [name, x] of parameters) named.get(name).assign(tensor(x));
  return flow;
}

if (isMainThread) {
  const random = new Random(1);
  const x = twoMoons().sample(1000, random);
  const flow = realNVP({ dimensions: 2, layers: 4, hidden: [16], random });
  flow.bijection.initialize(x); // training would do so first

  const worker = new Worker(new URL(import.meta.url));
  worker.on("message", (message) => {
    const [there, here] = [tensor(message), flow.logProb(x)];
    const same = here.data.every((value, i) => Object.is(value, there.data[i]));
    console.log(`${there.size} log-densities from the worker, ${same ? "the same bits as" : "others than"} here`);
    worker.terminate();
  });
  const points = toMessage(x);
  points.data = points.data.slice(); // a buffer in the list of transfers is moved, not copied, and x needs its own
  worker.postMessage({ flow: flowToMessage(flow), points }, [points.data.buffer]);
} else {
  parentPort.on("message", ({ flow, points }) => {
    const logProb = flowFromMessage(flow).logProb(tensor(points));
    parentPort.postMessage(toMessage(logProb), [logProb.data.buffer]);
  });
}
