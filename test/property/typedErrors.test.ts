import { DiffeoError, Random, type Tensor, tensor, variable } from "diffeo";
import * as autograd from "diffeo/autograd";
import * as io from "diffeo/io";
import * as tensors from "diffeo/tensor";
import * as training from "diffeo/training";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** What may come from a program without types, or with wrong ones, beside what is right. */
const garbage: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    "x",
    "",
    true,

    3n,
    {},
    { shape: [2] },
    { length: 2 },
    [],
    [[]],
  ),
  fc.constantFrom<unknown>(
    () => 1,
    new Map(),
    new Date(0),
    new Float64Array(2),
    [1, [2]],
    [["a"]],
    [null],
    [0, 0],
    [-1],
  ),
  fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53, 2 ** 31, -0, 0, 1, 2, 1e300),
  fc.constantFrom<unknown>(
    [2 ** 31],
    [2 ** 20, 2 ** 20],
    [Number.NaN],
    [1.5],
    [-1, -1],
    ["2"],
    [1, 0],
    [1, 1],
    [[0, 1]],
  ),
  fc.constantFrom<unknown>(
    { axis: 0 },
    { keepDims: 1 },
    { lower: true },
    { stride: 0 },
    { stride: [1, -1] },
    { padding: 1.5 },
  ),
  fc.constantFrom<unknown>("NN", "TX"),
);

const values: fc.Arbitrary<unknown> = fc.oneof(
  garbage,
  fc.constantFrom<unknown>(
    tensor(1),
    tensor([]),
    tensor([1, -2]),
    variable([
      [1, 2],
      [3, 4],
    ]),
    tensor([
      [0, 0],
      [0, 0],
    ]),
    tensor([
      [1, Number.NaN],
      [Number.NEGATIVE_INFINITY, 2],
    ]),
    new Random(1).normal([2, 2, 3]),
    new Random(2).normal([1, 1, 2, 2]),
    tensor([], [2, 0]),
    tensor([], [0, 0]),
    new Random(1),
  ),
);

/** Functions of functions: what they are given is theirs to call, and its errors are its own. */
const TAKE_FUNCTIONS = [
  "noGrad",
  "valueAndGrad",
  "gradcheck",
  "jacobian",
  "hessian",
  "vjp",
  "jvp",
  "numericalJacobian",
];
/** Reject instead of throwing: `test/training/trainOptions.test.ts` and `test/io/tables/tableOptions.test.ts` give them garbage. */
const REJECT = ["fit", "readTable", "streamTable"];
/** How new ops are made: they are given rules, not values. */
const TAKE_RULES = ["apply", "applyMany"];

function functionsOf(module: object): [string, (...args: unknown[]) => unknown][] {
  return Object.entries(module).filter(
    ([name, value]) =>
      typeof value === "function" &&
      /^[a-z]/.test(name) &&
      ![...TAKE_FUNCTIONS, ...TAKE_RULES, ...REJECT].includes(name),
  );
}

/** Fails with what was called if anything but a DiffeoError is thrown. */
function expectTyped(name: string, call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof DiffeoError)) throw new Error(`${name} let this out: ${(error as Error).stack}`);
    expect(error.code).toMatch(/^[A-Z_]+$/);
    expect(error.message).toMatch(/^[\w.]+: [^\n]+$/);
  }
}

describe.each([
  ["diffeo/tensor", tensors],
  ["diffeo/autograd", autograd],
  ["diffeo/training", training],
  ["diffeo/io", io],
] as const)("%s", (_path, module) => {
  it.each(functionsOf(module))("%s throws only typed errors, whatever it is given", (name, f) => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 4 }), (args) => {
        expectTyped(name, () => f(...args));
      }),
      { numRuns: 300 },
    );
  });
});

describe("methods", () => {
  it.each(["uniform", "normal", "integers", "permutation"] as const)("Random.%s throws only typed errors", (method) => {
    fc.assert(
      fc.property(fc.array(garbage, { maxLength: 3 }), (args) => {
        expectTyped(method, () => (new Random(1)[method] as (...args: unknown[]) => unknown)(...args));
      }),
    );
  });

  it.each(["at", "item"] as const)("Tensor.%s throws only typed errors", (method) => {
    fc.assert(
      fc.property(fc.array(garbage, { maxLength: 3 }), (args) => {
        expectTyped(method, () => (tensor([[1, 2]]) as Tensor)[method](...(args as [])));
      }),
    );
  });

  it.each([tensors.Tensor, autograd.Variable, autograd.Parameter])("%o throws only typed errors", (Kind) => {
    fc.assert(
      fc.property(fc.array(garbage, { maxLength: 3 }), (args) => {
        expectTyped(Kind.name, () => new (Kind as new (...args: unknown[]) => unknown)(...args));
      }),
    );
  });

  it("Random and Random.from throw only typed errors", () => {
    fc.assert(
      fc.property(garbage, (value) => {
        expectTyped("Random", () => new Random(value as number));
        expectTyped("Random.from", () => Random.from(value as never));
      }),
    );
  });
});
