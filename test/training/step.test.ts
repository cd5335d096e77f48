import {
  adam,
  type Bijection,
  detach,
  Flow,
  forwardKL,
  grad,
  mul,
  type Parameter,
  parameter,
  Random,
  sqrt,
  sum,
  Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { applicationsBehind } from "../../src/autograd/grad.ts";
import { bitsOf, run, smallFlow } from "../support/training.ts";

const moons = twoMoons();

describe("a step", () => {
  const x = moons.sample(500, new Random(7));

  it("bounds the step by clipping: with plain gradient descent no longer than η·maxNorm", () => {
    const flow = smallFlow();
    const before = flow.parameters.map(detach);
    const descent = (parameters: readonly Parameter[]) => ({
      step(grads: readonly Tensor[], rate = 1): void {
        parameters.forEach((p, k) => {
          p.assign(
            new Tensor(
              p.data.map((value, i) => value - rate * grads[k].data[i]),
              p.shape,
            ),
          );
        });
      },
      state: () => ({ numbers: {}, tensors: {} }),
      restore: () => {},
    });
    run(flow, x, {
      random: new Random(2),
      steps: 1,
      learningRate: 0.5,
      clipNorm: 0.01,
      optimizer: descent,
      objective: (f, batch) => mul(forwardKL(f, batch), 1000),
    });
    let moved = 0;
    flow.parameters.forEach((p, k) => {
      if (p.name.endsWith("shift") || p.name.endsWith("logScale")) return; // these were set from the data first
      p.data.forEach((value, i) => {
        moved += (value - before[k].data[i]) ** 2;
      });
    });
    expect(Math.sqrt(moved)).toBeLessThanOrEqual(0.5 * 0.01 * (1 + 1e-12));
    expect(moved).toBeGreaterThan(0);
  });

  it("never writes into a buffer that someone may hold: one step's Variables keep their bits for 100 steps more", () => {
    const flow = smallFlow();
    const held: { buffer: Float64Array; bits: number[] }[] = [];
    run(flow, x, {
      random: new Random(2),
      steps: 103,
      batchSize: 50,
      objective: (f, batch) => {
        const loss = forwardKL(f, batch);
        if (held.length > 0 || batch.shape[0] !== 50) return loss;
        const all = new Set<Tensor>([loss, ...f.parameters]);
        for (const { inputs, outputs } of applicationsBehind(loss)) {
          for (const t of [...inputs, ...outputs]) all.add(t);
        }
        for (const gradient of grad(loss, f.parameters, { createGraph: true })) {
          for (const { inputs, outputs } of applicationsBehind(gradient)) {
            for (const t of [...inputs, ...outputs]) all.add(t);
          }
        }
        for (const { data } of all) held.push({ buffer: data, bits: Array.from(new Uint32Array(data.slice().buffer)) });
        return loss;
      },
    });
    expect(held.length).toBeGreaterThan(300); // all of the forward and backward pass
    for (const { buffer, bits } of held) expect(Array.from(new Uint32Array(buffer.slice().buffer))).toEqual(bits);
  });

  it("leaves alone what others keep: of the flow itself, and of a layer of somebody else", () => {
    const trained = (watch: (made: Flow, keep: (kept: Tensor) => void) => Flow): number[][] => {
      const seen: { kept: Tensor; bits: number[] }[] = [];
      const keep = (kept: Tensor) => seen.push({ kept, bits: bitsOf([kept])[0] });
      const flow = watch(smallFlow(), keep);
      run(flow, x, { random: new Random(2), steps: 60, batchSize: 50 });
      expect(seen.length).toBeGreaterThanOrEqual(60);
      expect(bitsOf(seen.map(({ kept }) => kept))).toEqual(seen.map(({ bits }) => bits));
      return bitsOf(flow.parameters);
    };
    const ofTheFlow = trained((flow, keep) => {
      const logProb = flow.logProb.bind(flow);
      flow.logProb = (...batch) => {
        const result = logProb(...batch);
        keep(result);
        return result;
      };
      return flow;
    });
    const ofALayer = trained(({ base, bijection }, keep) => {
      const watched: Bijection = {
        ...bijection,
        buffers: bijection.buffers,
        initialize: (data, context) => bijection.initialize?.(data, context),
        inverse: (z, context) => bijection.inverse(z, context),
        forward(point, context) {
          const result = bijection.forward(point, context);
          keep(result.z);
          return result;
        },
      };
      return new Flow(base, watched);
    });
    expect(ofALayer).toEqual(ofTheFlow);
  });
});

describe("a loss or gradient that is not finite", () => {
  it("ends training with the op, the index and the step, and leaves the parameters as they were", () => {
    const flow = smallFlow();
    const x = moons.sample(100, new Random(1));
    let step = 0;
    let before: number[][] = [];
    const poisoned: TrainOptions = {
      random: new Random(1),
      steps: 10,
      batchSize: 50,
      objective: (f, batch) => {
        step++;
        before = bitsOf(f.parameters);
        const loss = forwardKL(f, batch);
        return step < 4 ? loss : mul(loss, Number.POSITIVE_INFINITY);
      },
    };
    expect(() => run(flow, x, poisoned)).toThrowError(
      expect.objectContaining({ code: "NON_FINITE", op: "mul", step: 4, index: [] }),
    );
    expect(bitsOf(flow.parameters)).toEqual(before);
  });

  it("is found in the backward pass, too", () => {
    const weight = parameter([0, 1], "weight");
    const flow = { parameters: [weight], bijection: { dataShape: [2] } } as unknown as Flow;
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    // √0 is finite, its derivative is not
    const options: TrainOptions = { random: new Random(1), steps: 3, objective: () => sum(sqrt(weight)) };
    expect(() => run(flow, x, options)).toThrowError(
      expect.objectContaining({ code: "NON_FINITE", op: "div", step: 1, index: [0] }),
    );
    expect(weight.toArray()).toEqual([0, 1]);
  });

  it("names a parameter that was broken from outside", () => {
    const flow = smallFlow();
    const x = moons.sample(100, new Random(1));
    const steps = train(flow, x, { random: new Random(1), steps: 5 });
    steps.next();
    const broken = flow.named().get("4.logScale") as Parameter;
    broken.assign(tensor([Number.NaN, 0]));
    expect(() => steps.next()).toThrowError(
      expect.objectContaining({ op: "parameter 4.logScale", index: [0], step: 2 }),
    );
  });

  it("is refused by adam before any parameter has changed", () => {
    const a = parameter([1], "a");
    const b = parameter([1e308], "b");
    const optimizer = adam([a, b], { learningRate: 1e308 });
    expect(() => optimizer.step([tensor([1]), tensor([-1])])).toThrowError(
      expect.objectContaining({ op: "adam", index: [0] }),
    );
    expect([a.item(), b.item()]).toEqual([1, 1e308]);
    expect(optimizer.state().numbers).toEqual({ power1: 1, power2: 1 });
  });
});
