import {
  adam,
  adamW,
  DomainError,
  type Flow,
  fit,
  forwardKL,
  type History,
  loadFlow,
  type Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  type Parameter,
  parameter,
  Random,
  rmsprop,
  StateMismatchError,
  saveCheckpoint,
  saveFlow,
  sgd,
  sum,
  type TrainOptions,
  tensor,
  train,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf, noted, smallFlow } from "../support/training.ts";

const moons = twoMoons();
const x = moons.sample(80, new Random(3));
const OPTIMIZERS = { sgd, adam, adamW, rmsprop };
type Name = keyof typeof OPTIMIZERS;
const NAMES = Object.keys(OPTIMIZERS) as Name[];

const options = (): TrainOptions => ({ random: new Random(2), steps: 12, batchSize: 20, learningRate: 1e-2 });

function trained(flow: Flow, more: Partial<TrainOptions> = {}): History {
  return noted(flow, x, { ...options(), ...more }, () => null).history;
}

/** The bits of each parameter, by its name in the flow. */
function bitsByName(flow: Flow): Map<string, number[]> {
  return new Map([...flow.named()].map(([name, each]) => [name, bitsOf([each])[0]]));
}

const isBias = (name: string): boolean => name.endsWith("bias");

describe.each(NAMES)("%s by itself", (name) => {
  const make = OPTIMIZERS[name] as (parameters: readonly Parameter[], given: OptimizerOptions) => Optimizer;
  const fresh = (): Parameter[] => [parameter([1, -2, 3], "weight"), parameter([0.5], "bias")];
  const gradients = [tensor([0.3, -0.1, 0.2]), tensor([0.4])];
  /** Parameters after three steps. */
  const stepped = (given: Partial<OptimizerOptions>): number[][] => {
    const parameters = fresh();
    const optimizer = make(parameters, { learningRate: 0.1, ...given });
    for (let step = 0; step < 3; step++) optimizer.step(gradients, step === 2 ? 0.05 : undefined);
    return bitsOf(parameters);
  };

  it("decays each parameter as a function says, asked by name and parameter", () => {
    const asked: [string, number][] = [];
    const weightDecay = (of: string, { size }: Parameter): number => {
      asked.push([of, size]);
      return of === "bias" ? 0 : 0.3;
    };
    const [weight, bias] = stepped({ weightDecay });
    expect(asked).toEqual([["weight", 3], ["bias", 1]]); // biome-ignore format: pairs
    expect(weight).toEqual(stepped({ weightDecay: 0.3 })[0]);
    expect(bias).toEqual(stepped({ weightDecay: 0 })[1]);
    expect(weight).not.toEqual(stepped({ weightDecay: 0 })[0]);
    expect(bias).not.toEqual(stepped({ weightDecay: 0.3 })[1]);
  });

  it("moves each parameter at a rate of its own, as if the learning rate were another", () => {
    const [weight, bias] = stepped({ weightDecay: 0.3, rateOf: (of) => (of === "bias" ? 0.5 : 1) });
    expect(weight).toEqual(stepped({ weightDecay: 0.3 })[0]);
    const halved = fresh();
    const optimizer = make(halved, { learningRate: 0.05, weightDecay: 0.3 });
    for (let step = 0; step < 3; step++) optimizer.step(gradients, step === 2 ? 0.025 : undefined);
    expect(bias).toEqual(bitsOf(halved)[1]);
    expect(stepped({ rateOf: () => 0 })).toEqual(bitsOf(fresh()));
  });

  it("refuses functions that give no numbers", () => {
    const made = (given: object) => (): unknown => make(fresh(), { learningRate: 0.1, ...given });
    expect(made({ weightDecay: () => -1 })).toThrow(
      `${name}: what weightDecay gives for weight must be finite and ≥ 0; got -1`,
    );
    expect(made({ rateOf: () => Number.NaN })).toThrow(`${name}: what rateOf gives for weight must be finite`);
    expect(made({ rateOf: 3 })).toThrow(`${name}: rateOf must be a function; got 3`);
    expect(made({ weightDecay: -1 })).toThrow(`${name}: weightDecay must be finite and ≥ 0; got -1`);
    expect(made({ weightDecay: "x" })).toThrow(DomainError);
  });
});

describe.each(NAMES)("training with %s", (name) => {
  const optimizer = OPTIMIZERS[name] as TrainOptions["optimizer"];

  it("leaves frozen parameters alone, to the bit, and trains the others", () => {
    const flow = smallFlow();
    const before = bitsByName(flow);
    trained(flow, { optimizer, weightDecay: 0.1, freeze: (of) => of.startsWith("1.") });
    let frozen = 0;
    for (const [of, bits] of bitsByName(flow)) {
      if (of.startsWith("1.")) {
        frozen++;
        expect(bits, of).toEqual(before.get(of));
      }
    }
    expect(frozen).toBeGreaterThan(2);
    expect(bitsByName(flow).get("3.conditioner.1.bias")).not.toEqual(before.get("3.conditioner.1.bias"));
  });

  it("asks by the names of flow.named(), once for each parameter", () => {
    const flow = smallFlow();
    const asked: Record<string, string[]> = { weightDecay: [], rateOf: [], freeze: [] };
    const noting =
      <Answer>(what: string, answer: (of: string) => Answer) =>
      (of: string, each: Parameter): Answer => {
        expect(flow.named().get(of)).toBe(each);
        asked[what].push(of);
        return answer(of);
      };
    trained(flow, {
      optimizer,
      weightDecay: noting("weightDecay", () => 0.1),
      rateOf: noting("rateOf", () => 1),
      freeze: noting("freeze", isBias),
    });
    const names = [...flow.named().keys()];
    expect(asked.freeze).toEqual(names);
    expect(asked.rateOf).toEqual(names.filter((of) => !isBias(of)));
    expect(asked.weightDecay).toEqual(asked.rateOf);
    const plain = smallFlow();
    trained(plain, { optimizer, weightDecay: 0.1, freeze: isBias });
    expect(bitsOf(plain.parameters)).toEqual(bitsOf(flow.parameters));
    const other = smallFlow();
    trained(other, { optimizer, weightDecay: 0.1, rateOf: (of) => (isBias(of) ? 0 : 1) });
    expect(bitsByName(other).get("1.conditioner.0.bias")).toEqual(bitsByName(smallFlow()).get("1.conditioner.0.bias"));
  });
});

describe("frozen parameters", () => {
  const freeze = (of: string): boolean => of.startsWith("1.") || isBias(of);

  it("take no state of the optimiser, and count neither in its gradients nor in their norm", () => {
    const flow = smallFlow();
    let state: OptimizerState | null = null;
    let counts: number[] = [];
    const optimizer: TrainOptions["optimizer"] = (parameters, given) => {
      const inner = adam(parameters, given);
      return {
        ...inner,
        step(grads, rate) {
          counts = [parameters.length, grads.length];
          inner.step(grads, rate);
          state = inner.state();
        },
      };
    };
    trained(flow, { optimizer, freeze });
    const free = [...flow.named().keys()].filter((of) => !freeze(of)).length;
    expect(counts).toEqual([free, free]);
    expect((state as OptimizerState | null)?.tensors.m).toHaveLength(free);
  });

  it("may be changed by others meanwhile, who keep what they have assigned", async () => {
    const flow = smallFlow();
    const bias = flow.named().get("3.conditioner.0.bias") as Parameter;
    expect(bias.shape).toEqual([8]);
    const onStep = (): void => bias.assign(tensor(Array(8).fill(0.25)));
    const history = await fit(flow, x, { ...options(), freeze, validation: 0.2, ema: 0.9, onStep });
    expect(history.stopped).toBe("finished");
    expect(bias.toArray()).toEqual(Array(8).fill(0.25));
  });

  it("with averages and validation, in all: only the others are restored", () => {
    const flow = smallFlow();
    const before = bitsByName(flow);
    const history = trained(flow, { freeze, ema: 0.8, validation: 0.25, clipNorm: 1, learningRate: 0.05 });
    expect(history.heldOut).toBe(20);
    for (const [of, bits] of bitsByName(flow)) if (freeze(of)) expect(bits, of).toEqual(before.get(of));
  });

  it("of a loaded flow stay, and so do its statistics: fine-tuning on other data", async () => {
    const flow = smallFlow();
    trained(flow);
    const loaded = loadFlow(saveFlow(flow));
    const [buffers, before] = [[...loaded.bijection.buffers], bitsByName(loaded)];
    const others = moons.sample(100, new Random(8));
    await fit(loaded, others, { random: new Random(1), steps: 20, freeze: (of) => !of.startsWith("3.") });
    expect([...loaded.bijection.buffers]).toEqual(buffers);
    for (const [of, bits] of bitsByName(loaded)) if (!of.startsWith("3.")) expect(bits, of).toEqual(before.get(of));
    expect(forwardKL(loaded, others).item()).toBeLessThan(forwardKL(flow, others).item());
  });

  it("do not keep layers that are new from taking their statistics", () => {
    const flow = smallFlow();
    trained(flow, { freeze });
    expect(flow.bijection.buffers.get("0.initialized")?.item()).toBe(1);
  });

  it("in pieces of a large batch", () => {
    const flow = smallFlow();
    const before = bitsByName(flow);
    const many = moons.sample(1500, new Random(5));
    for (const _ of train(flow, many, { random: new Random(1), steps: 2, batchSize: 1500, freeze }));
    for (const [of, bits] of bitsByName(flow)) if (freeze(of)) expect(bits, of).toEqual(before.get(of));
  });

  it("are in a checkpoint as they are; it goes on to the bit, with the same ones frozen", () => {
    const setting = { freeze, validation: 0.25, ema: 0.8, learningRate: 0.05 };
    const whole = smallFlow();
    trained(whole, setting);
    for (const stopAt of [1, 7, 12]) {
      const run = train(smallFlow(), x, { ...options(), ...setting });
      for (let k = 0; k < stopAt; k++) run.next();
      run.return(undefined as never);
      const resume = saveCheckpoint(run);
      const again = smallFlow(50);
      trained(again, { ...setting, random: new Random(60), resume });
      expect(bitsOf(again.parameters), `after ${stopAt}`).toEqual(bitsOf(whole.parameters));
      const wrong = smallFlow(50);
      const goOn = (of: TrainOptions["freeze"]) => (): unknown => trained(wrong, { ...setting, freeze: of, resume });
      expect(goOn(isBias)).toThrow(StateMismatchError);
      expect(goOn(undefined)).toThrow("the parameters that are trained are others: ");
      expect(bitsOf(wrong.parameters)).toEqual(bitsOf(smallFlow(50).parameters));
    }
  });

  it("cannot be all of them; and freeze answers true or false", () => {
    const refused =
      (of: unknown): unknown =>
      () =>
        trained(smallFlow(), { freeze: of as TrainOptions["freeze"] });
    const count = smallFlow().parameters.length;
    expect(refused(() => true)).toThrow(`train: freeze must leave a parameter to train; it holds all ${count}`);
    expect(refused(() => 1)).toThrow(/^train: freeze must answer true or false; it gave 1 for /);
    expect(refused("bias")).toThrow('train: freeze must be a function; got "bias"');
    expect(refused(() => true)).toThrow(DomainError);
  });

  it("alone do not make a loss that something can be learned from", () => {
    const flow = smallFlow();
    const objective: TrainOptions["objective"] = (f) => sum(f.named().get("1.conditioner.0.bias") as Parameter);
    expect(() => trained(flow, { objective, freeze: isBias })).toThrow(
      "train: the objective must depend on the flow's parameters",
    );
  });
});
