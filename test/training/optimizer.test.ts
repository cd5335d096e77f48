import {
  adam,
  adamW,
  DomainError,
  detach,
  NonFiniteError,
  type Optimizer,
  type OptimizerState,
  type Parameter,
  parameter,
  Random,
  rmsprop,
  ShapeError,
  sgd,
  type Tensor,
  type TrainOptions,
  tensor,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf } from "../support/arbitraries.ts";

type Maker = (parameters: readonly Parameter[]) => Optimizer;

/** Every optimiser, with and without each of the things it can remember. */
const OPTIMIZERS: readonly (readonly [string, Maker])[] = [
  ["sgd", (p) => sgd(p, { learningRate: 0.1, weightDecay: 0.02 })],
  ["sgd with momentum and dampening", (p) => sgd(p, { learningRate: 0.1, momentum: 0.9, dampening: 0.3 })],
  ["sgd with Nesterov's momentum", (p) => sgd(p, { learningRate: 0.1, momentum: 0.9, nesterov: true })],
  ["adam", (p) => adam(p, { learningRate: 0.1, weightDecay: 0.02 })],
  ["adam with amsgrad", (p) => adam(p, { learningRate: 0.1, amsgrad: true })],
  ["adamW", (p) => adamW(p, { learningRate: 0.1 })],
  ["rmsprop", (p) => rmsprop(p, { learningRate: 0.1 })],
  ["centered rmsprop with momentum", (p) => rmsprop(p, { learningRate: 0.1, centered: true, momentum: 0.9 })],
];

const fresh = (): Parameter[] => [parameter([[1, -2, 3]], "net.weight"), parameter(0.5, "net.bias")];

function gradients(step: number): Tensor[] {
  const random = new Random(step);
  return [random.normal([1, 3]), random.normal([])];
}

describe.each(OPTIMIZERS)("%s", (_name, make) => {
  it("goes on from a restored state as if it had never stopped, to the bit, wherever it stops", () => {
    const whole = fresh();
    const unbroken = make(whole);
    const states: { state: OptimizerState; values: Tensor[] }[] = [];
    for (let step = 0; step < 6; step++) {
      // through JSON, as a file would have it
      const { numbers, tensors } = unbroken.state();
      const state = { numbers: JSON.parse(JSON.stringify(numbers)), tensors };
      states.push({ state, values: whole.map(detach) });
      unbroken.step(gradients(step));
    }
    states.forEach(({ state, values }, stopped) => {
      const resumed = values.map((value) => parameter(value));
      const optimizer = make(resumed);
      optimizer.step(gradients(99)); // whatever it had seen before is forgotten
      resumed.forEach((p, k) => {
        p.assign(values[k]);
      });
      optimizer.restore(state);
      for (let step = stopped; step < 6; step++) optimizer.step(gradients(step));
      expect(resumed.map(bitsOf), `stopped before step ${stopped}`).toEqual(whole.map(bitsOf));
    });
  });

  it("takes its last step back, to the bit: parameters, memory and what it does next", () => {
    const [twice, once] = [fresh(), fresh()];
    const [mistaken, straight] = [make(twice), make(once)];
    for (const optimizer of [mistaken, straight]) for (const step of [1, 2]) optimizer.step(gradients(step));
    mistaken.step(gradients(99));
    expect(twice.map(bitsOf)).not.toEqual(once.map(bitsOf));
    mistaken.undo?.();
    expect(twice.map(bitsOf)).toEqual(once.map(bitsOf));
    expect(mistaken.state()).toEqual(straight.state());
    for (const optimizer of [mistaken, straight]) for (const step of [3, 4]) optimizer.step(gradients(step));
    expect(twice.map(bitsOf)).toEqual(once.map(bitsOf));
  });

  it("refuses to take back what is not there any more: no step, a second one, a failed one, one before a restored state", () => {
    const optimizer = make(fresh());
    const refuses = (): void => {
      expect(() => optimizer.undo?.()).toThrow(/\.undo: takes the last step back, once; there is none$/);
    };
    refuses();
    optimizer.step(gradients(1));
    optimizer.undo?.();
    refuses();
    optimizer.step(gradients(1));
    optimizer.restore(optimizer.state());
    refuses();
    optimizer.step(gradients(1));
    expect(() => optimizer.step([gradients(2)[0], tensor(Number.NaN)])).toThrow(NonFiniteError);
    refuses();
  });

  it("gives states that later steps leave alone", () => {
    const optimizer = make(fresh());
    optimizer.step(gradients(1));
    const state = optimizer.state();
    const before = Object.values(state.tensors).map((list) => list.map(bitsOf));
    const other = make(fresh());
    other.restore(state);
    optimizer.step(gradients(2));
    other.step(gradients(3));
    expect(Object.values(state.tensors).map((list) => list.map(bitsOf))).toEqual(before);
    for (const list of Object.values(state.tensors)) expect(list.map(({ shape }) => shape)).toEqual([[1, 3], []]);
  });

  it("changes nothing at all when a new value would not be finite, in whichever parameter", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const [twice, once] = [fresh(), fresh()];
      const [disturbed, undisturbed] = [make(twice), make(once)];
      disturbed.step(gradients(1));
      const error = (): unknown => {
        try {
          return disturbed.step([gradients(2)[0], tensor(bad)]);
        } catch (thrown) {
          return thrown;
        }
      };
      const thrown = error();
      expect(thrown).toBeInstanceOf(NonFiniteError);
      expect((thrown as Error).message).toMatch(/: new values must be finite; .*net\.bias\[\] = (NaN|-?Infinity)$/);
      disturbed.step(gradients(3));
      undisturbed.step(gradients(1));
      undisturbed.step(gradients(3));
      expect(twice.map(bitsOf)).toEqual(once.map(bitsOf));
    }
  });

  it("refuses states that do not fit", () => {
    const optimizer = make(fresh());
    optimizer.step(gradients(1));
    const { numbers, tensors } = optimizer.state();
    const untouched = (): unknown => Object.values(optimizer.state().tensors).map((list) => list.map(bitsOf));
    const before = untouched();
    const refuses = (state: unknown, kind: typeof ShapeError | typeof DomainError): void => {
      expect(() => optimizer.restore(state as OptimizerState)).toThrow(kind);
    };
    for (const nothing of [undefined, null, 7, {}, { numbers }, { tensors }, { numbers: [1], tensors }]) {
      refuses(nothing, DomainError);
    }
    refuses({ numbers: { ...numbers, other: 1 }, tensors }, DomainError);
    refuses({ numbers, tensors: { ...tensors, other: [] } }, DomainError);
    for (const name of Object.keys(numbers)) {
      const { [name]: _removed, ...rest } = numbers;
      refuses({ numbers: rest, tensors }, DomainError);
      for (const value of ["1", null, Number.NaN])
        refuses({ numbers: { ...numbers, [name]: value }, tensors }, DomainError);
    }
    for (const [name, list] of Object.entries(tensors)) {
      const { [name]: _removed, ...rest } = tensors;
      refuses({ numbers, tensors: rest }, DomainError);
      refuses({ numbers, tensors: { ...tensors, [name]: list.slice(1) } }, ShapeError);
      refuses({ numbers, tensors: { ...tensors, [name]: [list[1], list[0]] } }, ShapeError);
      refuses({ numbers, tensors: { ...tensors, [name]: [list[0], 0.5] } }, DomainError);
      refuses({ numbers, tensors: { ...tensors, [name]: null } }, ShapeError);
    }
    expect(untouched()).toEqual(before);
  });

  it("refuses gradients, learning rates and parameters that do not fit", () => {
    const optimizer = make(fresh());
    expect(() => optimizer.step([])).toThrow("one gradient per parameter; got 0 for 2");
    expect(() => optimizer.step([tensor([1, 2, 3]), tensor(1)])).toThrow(ShapeError);
    expect(() => optimizer.step([1 as never, tensor(1)])).toThrow(DomainError);
    expect(() => optimizer.step(gradients(1), Number.NaN)).toThrow("learningRate must be finite and ≥ 0; got NaN");
    expect(() => optimizer.step(gradients(1), -1)).toThrow(DomainError);
    expect(() => make([tensor([1]) as never])).toThrow(DomainError);
  });

  it("takes parameters without elements, and none at all", () => {
    const empty = parameter(tensor([], [0, 2]), "empty");
    expect(() => make([empty]).step([tensor([], [0, 2])])).not.toThrow();
    expect(empty.shape).toEqual([0, 2]);
    expect(() => make([]).step([])).not.toThrow();
  });
});

it.each([
  ["sgd", sgd, { momentun: 0.9 }, 'sgd: unknown option "momentun"; did you mean "momentum"?'],
  ["adam", adam, { lr: 1 }, 'adam: unknown option "lr"; did you mean "learningRate"?'],
  ["adam", adam, { beta1: 0.9 }, 'adam: unknown option "beta1"; did you mean "betas"?'],
  ["adamW", adamW, { epsilon: 1e-8 }, 'adamW: unknown option "epsilon"; did you mean "eps"?'],
  [
    "rmsprop",
    rmsprop,
    { rho: 0.9 },
    /^rmsprop: unknown option "rho"; known are learningRate, weightDecay, rateOf, alpha, eps, /,
  ],
  ["sgd", sgd, { nesterov: "no" }, 'sgd: nesterov must be true or false; got "no"'],
  ["adam", adam, { amsgrad: 1 }, "adam: amsgrad must be true or false; got 1"],
  ["adam", adam, { betas: [0.9] }, "adam: betas are two numbers; got [0.9]"],
  ["rmsprop", rmsprop, { centered: "yes" }, 'rmsprop: centered must be true or false; got "yes"'],
] as const)("%s refuses what is no option of it: %#", (_, make, options, message) => {
  expect(() => make(fresh(), { learningRate: 0.1, ...options } as never)).toThrow(message);
});

it.each([sgd, adam, adamW, rmsprop])("%o lists its options when it gets none", (make) => {
  expect(() => make(fresh(), undefined as never)).toThrow(
    /: options must be an object \{ learningRate, .* \}; got undefined$/,
  );
});

it("train takes each of the optimisers by name", () => {
  const makers: TrainOptions["optimizer"][] = [sgd, adam, adamW, rmsprop];
  expect(makers).toHaveLength(4);
});
