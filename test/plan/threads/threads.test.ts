import {
  DomainError,
  Flow,
  fit,
  forwardKL,
  fullLinear,
  maf,
  mul,
  type Objective,
  Random,
  realNVP,
  standardNormal,
  Tensor,
  ThreadError,
  type ThreadsOptions,
  type ThreadWorker,
  type TrainOptions,
  train,
} from "diffeo";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { pieceSize } from "../../../src/plan/threads/pieceSize.ts";
import { SourceWorkers } from "../../support/threadScript.ts";

/** More steps than it takes for a plan to be worth while. */
const STEPS = 48;

let workers: SourceWorkers;
beforeAll(() => {
  workers = new SourceWorkers();
});
afterEach(() => {
  workers.made.length = 0;
});
afterAll(() => workers.dispose());

const hidden = [10, 12];

const flows: Readonly<Record<string, { make: () => Flow; D: number; C?: number }>> = {
  realNVP: { make: () => realNVP({ dimensions: 3, layers: 3, hidden, random: new Random(1) }), D: 3 },
  "realNVP of two": { make: () => realNVP({ dimensions: 2, layers: 2, hidden, random: new Random(1) }), D: 2 },
  "realNVP with contexts": {
    make: () => realNVP({ dimensions: 3, layers: 2, hidden, context: 2, random: new Random(1) }),
    ...{ D: 3, C: 2 },
  },
  maf: { make: () => maf({ dimensions: 5, layers: 2, hidden, random: new Random(1) }), D: 5 },
  "maf with contexts": {
    make: () => maf({ dimensions: 3, layers: 2, hidden, context: 1, random: new Random(1) }),
    ...{ D: 3, C: 1 },
  },
};

type Told = Omit<TrainOptions, "random">;

/** Trains a new flow, with threads that have started before most of the steps; all that can be told apart of how it went. */
async function trained(name: string, options: Told, rows = 700): Promise<readonly string[]> {
  const { make, D, C } = flows[name];
  const flow = make();
  const random = new Random(2);
  const context = C === undefined ? {} : { context: random.normal([rows, C]) };
  const steps: string[] = [];
  const onStep = async ({ step, loss, gradNorm }: { step: number; loss: number; gradNorm: number }): Promise<void> => {
    steps.push(`${loss} ${gradNorm}`);
    if (step === 3) await workers.up();
  };
  const common = { steps: STEPS, validation: false, random, onStep, ...context } as const;
  await fit(flow, random.normal([rows, D]), { ...common, ...options });
  return [...steps, ...flow.parameters.map(({ data }) => data.join())];
}

const threads = (count: number): { readonly threads: ThreadsOptions } => ({
  threads: { count, worker: workers.make },
});

describe("training by threads gives the bits of training without", () => {
  for (const name of Object.keys(flows)) {
    it.each([2, 3])(`${name}, by %i threads`, async (count) => {
      const alone = await trained(name, {});
      expect(await trained(name, threads(count))).toEqual(alone);
      expect(workers.made.map(({ plans }) => plans)).toEqual(Array(count - 1).fill(1));
    });
  }

  it.each([66, 100, 128, 191, 200, 300, 514])("of batches of %i rows", async (batchSize) => {
    const alone = await trained("realNVP", { batchSize });
    expect(await trained("realNVP", { batchSize, ...threads(2) })).toEqual(alone);
    expect(workers.made.map(({ plans }) => plans)).toEqual([1]);
  });

  it("of batches that are computed in pieces of 1,024", async () => {
    const alone = await trained("maf", { batchSize: 1400 }, 1500);
    expect(await trained("maf", { batchSize: 1400, ...threads(2) }, 1500)).toEqual(alone);
    expect(workers.made.map(({ plans }) => plans)).toEqual([2]);
  });

  it("with clipped gradients, averages, held-out rows and a frozen parameter", async () => {
    const options: Told = {
      ...{ clipNorm: 0.5, ema: 0.9, validation: 0.1, learningRate: 0.01 },
      freeze: (parameter) => parameter.endsWith("bias"),
    };
    const alone = await trained("maf", options);
    expect(await trained("maf", { ...options, ...threads(2) })).toEqual(alone);
    expect(workers.made.map(({ plans }) => plans)).toEqual([1]);
  });
});

describe("where threads are of no use there are none, and the bits are the same:", () => {
  it("one thread makes no worker", async () => {
    expect(await trained("maf", threads(1))).toEqual(await trained("maf", {}));
    expect(workers.made).toEqual([]);
  });

  it("a batch of one shard is not divided", async () => {
    const alone = await trained("maf", { batchSize: 64 });
    expect(await trained("maf", { batchSize: 64, ...threads(2) })).toEqual(alone);
    expect(workers.made.map(({ plans }) => plans)).toEqual([0]);
  });

  it("one row beside whole shards, which goes through other ops than several", async () => {
    const alone = await trained("maf", { batchSize: 129 });
    expect(await trained("maf", { batchSize: 129, ...threads(2) })).toEqual(alone);
    expect(workers.made.map(({ plans }) => plans)).toEqual([0]);
  });

  it("weights, and an objective of one's own", async () => {
    const weights = new Tensor(new Random(7).uniform([700]).data, [700]);
    expect(await trained("maf", { weights, ...threads(2) })).toEqual(await trained("maf", { weights }));
    const objective: Objective = (flow, x, context) => mul(forwardKL(flow, x, context), 2);
    expect(await trained("maf", { objective, ...threads(2) })).toEqual(await trained("maf", { objective }));
    expect(workers.made.map(({ plans }) => plans)).toEqual([0]);
  });

  it("a layer without kernels", () => {
    const lossesOf = (options: Partial<TrainOptions>): number[] => {
      const flow = new Flow(standardNormal([3]), fullLinear({ dimensions: 3, random: new Random(1) }));
      const x = new Random(1).normal([300, 3]);
      return [...train(flow, x, { random: new Random(1), steps: STEPS, ...options })].map(({ loss }) => loss);
    };
    expect(lossesOf(threads(2))).toEqual(lossesOf({}));
  });
});

describe("training ends", () => {
  const flowAndRows = (): [Flow, Tensor] => [flows.maf.make(), new Random(1).normal([600, 5])];

  it("with an error and the parameters of the last whole step when a worker dies", async () => {
    const [flow, x] = flowAndRows();
    let last = "";
    const training = fit(flow, x, {
      ...{ random: new Random(1), steps: 100_000, validation: false, ...threads(3) },
      async onStep({ step }) {
        last = flow.parameters.map(({ data }) => data.join()).join();
        if (step === 5) await workers.up();
        if (step === 20) workers.made[1].terminate();
      },
    });
    await expect(training).rejects.toThrow(ThreadError);
    await expect(training).rejects.toThrow(/^fit: a worker/);
    expect(flow.parameters.map(({ data }) => data.join()).join()).toBe(last);
  });

  it("with the error of a worker that fails", async () => {
    const [flow, x] = flowAndRows();
    let listener: (error: unknown) => void = () => {};
    const failing: ThreadWorker = {
      postMessage: () => {},
      addEventListener: (_type, given) => {
        listener = given;
      },
      terminate: () => {},
    };
    const training = train(flow, x, {
      random: new Random(1),
      steps: 100,
      threads: { count: 2, worker: () => failing },
    });
    for (let k = 0; k < 10; k++) training.next();
    const before = flow.parameters.map(({ data }) => data.join());
    listener(new Error("out of memory"));
    expect(() => training.next()).toThrow(new ThreadError("train: a worker has failed; out of memory"));
    expect(flow.parameters.map(({ data }) => data.join())).toEqual(before);
  });

  it("and its workers with it: finished, broken off, aborted", async () => {
    let ended = 0;
    const worker = (): ThreadWorker => {
      const made = workers.make();
      return {
        postMessage: (message) => made.postMessage(message),
        addEventListener: (type, given) => made.addEventListener(type, given),
        terminate() {
          ended++;
          return made.terminate();
        },
      };
    };
    const options = { random: new Random(1), steps: STEPS, threads: { count: 3, worker } };
    for (const _ of train(...flowAndRows(), options));
    expect(ended).toBe(2);
    for (const { step } of train(...flowAndRows(), options)) if (step === 4) break;
    expect(ended).toBe(4);
    const controller = new AbortController();
    const onStep = ({ step }: { step: number }): void => {
      if (step === 10) controller.abort();
    };
    const { stopped } = await fit(...flowAndRows(), { ...options, signal: controller.signal, onStep });
    expect([stopped, ended]).toEqual(["aborted", 6]);
  });

  it("where it did without threads, when a value is not finite", () => {
    const messageOf = (options: Partial<TrainOptions>): string => {
      const [flow, x] = flowAndRows();
      const training = train(flow, x, { random: new Random(1), steps: 100, ...options });
      for (let k = 0; k < 10; k++) training.next();
      try {
        for (;;) {
          training.next();
          const [parameter] = flow.parameters;
          parameter.assign(new Tensor(new Float64Array(parameter.size).fill(1e300), parameter.shape));
        }
      } catch (error) {
        return String(error);
      }
    };
    expect(messageOf(threads(2))).toBe(messageOf({}));
  });
});

it("refuses what are no threads", () => {
  const refused = (given: unknown): unknown => {
    try {
      const options = { random: new Random(1), threads: given } as TrainOptions;
      train(flows.maf.make(), new Random(1).normal([100, 5]), { ...options, steps: 50 }).next();
      return "nothing";
    } catch (error) {
      return error;
    }
  };
  const worker = (): ThreadWorker => workers.make();
  const says = (message: string): DomainError => new DomainError(`train: ${message}`);
  expect(refused(2)).toEqual(says("threads are { count, worker }; got 2"));
  expect(refused({ count: 0, worker })).toEqual(says("threads.count must be an integer from 1 to 64; got 0"));
  expect(refused({ count: 1.5, worker })).toEqual(says("threads.count must be an integer from 1 to 64; got 1.5"));
  expect(refused({ count: 2 })).toEqual(
    says("threads.worker must be a function that makes a worker, such as nodeWorker; got undefined"),
  );
  expect(refused({ count: 2, worker: () => 3 })).toEqual(
    says("threads.worker must make a worker, with postMessage, addEventListener and terminate; it made 3"),
  );
  expect(refused({ count: 2, worker, size: 3 })).toEqual(
    says('threads: unknown option "size"; known are count, worker'),
  );
});

it("pieces have 64·2ᵏ rows, as many as leave all threads something to do", () => {
  expect([256, 100, 200, 300, 1024, 64].map((rows) => pieceSize(rows, 2))).toEqual([128, 64, 128, 128, 512, null]);
  expect([256, 512, 1024].map((rows) => pieceSize(rows, 3))).toEqual([128, 64, 128]);
});
