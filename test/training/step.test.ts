import {
  adam,
  affineCoupling,
  type Bijection,
  compose,
  detach,
  diagonalNormal,
  Flow,
  fit,
  forwardKL,
  grad,
  luLinear,
  mul,
  noGrad,
  type Parameter,
  parameter,
  Random,
  reverse,
  sqrt,
  standardNormal,
  sum,
  Tensor,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
  type Variable,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { applicationsBehind } from "../../src/autograd/grad.ts";
import { select } from "../../src/training/rows.ts";
import { bitsOf, run, smallFlow } from "../support/training.ts";

const moons = twoMoons();

/** Two couplings, with a layer between them. */
function couplingsAround(random: Random, between: Bijection): Flow {
  const coupling = (): Bijection => affineCoupling({ dimensions: 2, hidden: [8], random });
  return new Flow(standardNormal([2]), compose(coupling(), between, coupling()));
}

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

  it.each([
    ["to the bit, where parameters act on rows", () => reverse({ dimensions: 2 }), 0],
    [
      "up to rounding, where they are put together first",
      () => luLinear({ dimensions: 2, random: new Random(4) }),
      1e-12,
    ],
  ])("adds up what pieces of 1,024 rows of a large batch say: that of the batch, %s", (_name, between, tolerance) => {
    const flow = couplingsAround(new Random(1), between());
    const rows = moons.sample(2500, new Random(3));
    const seen: (readonly Tensor[])[] = [];
    const recording = (parameters: readonly Parameter[]) => ({
      step(grads: readonly Tensor[]): void {
        seen.push(grads);
        for (const each of parameters) each.assign(each); // as if it had moved
      },
    });
    const options = { random: new Random(2), batchSize: 2500, steps: 1, learningRate: 1e-3, optimizer: recording };
    const [{ loss }] = [...train(flow, rows, options as unknown as TrainOptions)];
    const shuffled = select({ x: rows, context: undefined }, new Random(2).permutation(2500));
    const whole = forwardKL(flow, shuffled.x);
    const gradients = grad(whole, flow.parameters);
    const apart = (a: number, b: number): number => Math.abs(a - b) / (1 + Math.abs(b));
    expect(apart(loss, whole.item())).toBeLessThanOrEqual(tolerance);
    gradients.forEach(({ data }, k) => {
      data.forEach((value, i) => {
        expect(apart(seen[0][k].data[i], value), `parameter ${k}, ${i}`).toBeLessThanOrEqual(tolerance);
      });
    });
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
    const flow = new Flow(diagonalNormal({ loc: weight, logScale: 0 }), reverse({ dimensions: 2 }));
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

  it("names a parameter that was broken before", () => {
    const flow = smallFlow();
    const name = "1.conditioner.0.weight";
    const broken = flow.named().get(name) as Parameter;
    broken.assign(mul(broken, Number.NaN));
    expect(() => run(flow, moons.sample(100, new Random(1)), { random: new Random(1), steps: 5 })).toThrowError(
      expect.objectContaining({ op: `parameter ${name}`, index: [0, 0], step: 1 }),
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

describe("training that cannot learn says why:", () => {
  const x = moons.sample(100, new Random(1));
  const options: TrainOptions = { random: new Random(1), steps: 3 };

  it("within noGrad there are no gradients, wherever it begins", async () => {
    const flow = smallFlow();
    const before = bitsOf(flow.parameters);
    const within = "train: gradients must be recorded; got a call within noGrad";
    expect(() => noGrad(() => run(flow, x, options))).toThrow(within);
    expect(flow.bijection.buffers.get("0.initialized")?.item()).toBe(0);
    expect(bitsOf(flow.parameters)).toEqual(before);

    const steps = train(flow, x, options);
    steps.next();
    const after = bitsOf(flow.parameters);
    expect(() => noGrad(() => steps.next())).toThrow(within);
    expect(bitsOf(flow.parameters)).toEqual(after);
  });

  it("a flow without parameters", async () => {
    const flow = new Flow(standardNormal([2]), reverse({ dimensions: 2 }));
    expect(() => train(flow, x, options)).toThrow(
      "train: the flow must have parameters, which training changes; got one without",
    );
    await expect(fit(flow, x, options)).rejects.toThrow(/^fit: the flow must have parameters/);
  });

  it.each<[string, (f: Flow, batch: Tensor) => Variable]>([
    ["computed within noGrad", (f, batch) => noGrad(() => forwardKL(f, batch))],
    ["detached", (f, batch) => variable(forwardKL(f, batch))],
    ["of another flow", (_, batch) => forwardKL(smallFlow(2), batch)],
  ])("an objective that does not depend on the flow: %s", (_, objective) => {
    const flow = smallFlow();
    flow.bijection.initialize?.(x);
    const before = bitsOf(flow.parameters);
    expect(() => run(flow, x, { ...options, objective })).toThrow(
      /^train: the objective must depend on the flow's parameters; got one that depends on none/,
    );
    expect(bitsOf(flow.parameters)).toEqual(before);
  });

  it.each([undefined, 1, tensor(1), variable([1, 2]), Promise.resolve(variable(1)), null])(
    "an objective that returns no loss: %s",
    (loss) => {
      expect(() => run(smallFlow(), x, { ...options, objective: () => loss as Variable })).toThrow(
        /^train: the objective must return a Variable with one element; got /,
      );
    },
  );

  it("but a gradient that is zero by chance is none of these", () => {
    const flow = smallFlow();
    const objective = (f: Flow, batch: Tensor): Variable => mul(forwardKL(f, batch), 0);
    expect(run(flow, x, { ...options, objective }).map(({ gradNorm }) => gradNorm)).toEqual([0, 0, 0]);
  });
});
