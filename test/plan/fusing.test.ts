import {
  add,
  broadcastTo,
  exp,
  log,
  matmul,
  mul,
  neg,
  Random,
  relu,
  reshape,
  sigmoid,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  tensor,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scale } from "../../src/autograd/ops/aligned.ts";
import { type Unit, unitsOf } from "../../src/plan/fusing.ts";
import { type Program, programOf } from "../../src/plan/program.ts";
import { record } from "../../src/plan/recording.ts";
import { SPECIAL } from "../support/arbitraries.ts";
import { comparePlan } from "../support/plans.ts";
import { values } from "../support/sameBits.ts";

const random = new Random(1);

/** The units of a function of tensors, each as the names of its ops. */
function unitsFor(f: (...xs: Tensor[]) => readonly Tensor[], ...given: Tensor[]): string[] {
  const { result, events } = record(() => f(...given));
  const program = programOf(events, given, result) as Program;
  const nameOf = new Map(program.ops.map(({ rule, outputs }) => [outputs[0]?.storage, rule?.name]));
  return unitsOf(program).map((unit: Unit) =>
    unit.kind === "op" ? `(${unit.op.rule?.name ?? "check"})` : unit.links.map(({ to }) => nameOf.get(to)).join(" "),
  );
}

describe("ops that work number by number", () => {
  const [x, y] = [random.normal([4, 3]), random.normal([4, 3])];

  it("are one chain if one follows the other", () => {
    expect(unitsFor((a) => [neg(exp(square(a)))], x)).toEqual(["square exp neg"]);
  });

  it("join a chain that stands before others, if all that they need is there by then", () => {
    const f = (a: Tensor, b: Tensor): Tensor[] => {
      const e = exp(a);
      const p = matmul(b, e, "NT");
      return [p, neg(e), square(p)];
    };
    expect(unitsFor(f, x, y)).toEqual(["exp neg", "(matmul)", "square"]);
    comparePlan(f, [x, y]);
  });

  it("never stand before what they need", () => {
    const f = (a: Tensor, b: Tensor): Tensor[] => {
      const e = exp(a);
      const s = sum(mul(e, b)); // one number
      return [add(neg(e), s), exp(b)];
    };
    expect(unitsFor(f, x, y)).toEqual(["exp mul neg exp", "(sum)", "add"]);
    comparePlan(f, [x, y]);
  });

  it("of other sizes, or with rows of another length, are chains of their own", () => {
    const row = tensor([1, 2, 3]);
    const f = (a: Tensor, b: Tensor): Tensor[] => [add(a, b), add(reshape(a, [3, 4]), tensor([1, 2, 3, 4])), neg(b)];
    expect(unitsFor(f, x, row)).toEqual(["add", "add", "neg"]);
    comparePlan(f, [x, row]);
  });

  it("whose operands are spread otherwise than along rows or columns run by themselves", () => {
    const middle = random.normal([2, 1, 2]);
    const f = (a: Tensor, b: Tensor): Tensor[] => [add(a, b)];
    expect(unitsFor(f, random.normal([2, 3, 2]), middle)).toEqual(["(add)"]);
    comparePlan(f, [random.normal([2, 3, 2]), middle]);
  });

  it("are cut where a chain would become too long", () => {
    const f = (a: Tensor): Tensor[] => {
      let h = a;
      for (let i = 0; i < 30; i++) h = i % 2 === 0 ? tanh(h) : neg(h);
      return [h];
    };
    expect(unitsFor(f, x).map((unit) => unit.split(" ").length)).toEqual([24, 6]);
    comparePlan(f, [x]);
  });
});

describe("a chain has the bits of its ops", () => {
  const unary = { exp, log, neg, relu, sigmoid, softplus, sqrt, square, tanh };
  const sizes = fc.record({
    rows: fc.integer({ min: 1, max: 9 }),
    columns: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(31, 32, 33, 64)),
    seed: fc.nat(2 ** 31 - 1),
    names: fc.array(fc.constantFrom(...Object.keys(unary)), { minLength: 1, maxLength: 14 }),
  });

  it("for numbers of all sizes and special ones, beside rows, columns and numbers", () => {
    fc.assert(
      fc.property(sizes, ({ rows, columns, seed, names }) => {
        const own = new Random(seed);
        const shapes = [[rows, columns], [columns], [rows, 1], [], [rows, columns]];
        const make = (): Tensor[] => shapes.map((shape) => values(shape, own));
        const f = (a: Tensor, row: Tensor, column: Tensor, number: Tensor, b: Tensor): Tensor[] => {
          let h = a;
          const all: Tensor[] = [];
          names.forEach((name, i) => {
            h = unary[name as keyof typeof unary](h);
            if (i % 4 === 0) h = add(h, row);
            if (i % 4 === 1) h = mul(h, column);
            if (i % 4 === 2) h = sub(number, h);
            if (i % 4 === 3) h = mul(h, b);
            if (i % 3 === 0) all.push(h);
          });
          return [...all, h];
        };
        comparePlan(f, make(), make());
      }),
      { numRuns: 60 },
    );
  });

  it("where a formula does not apply to one number in one of its pairs", () => {
    for (const special of SPECIAL) {
      for (const place of [0, 1, 4, 7, 8, 9, 12]) {
        const x = new Random(3).normal([13]);
        x.data[place] = special;
        comparePlan((a) => [exp(a), log(exp(neg(a))), sigmoid(tanh(a)), softplus(a)], [x]);
      }
    }
  });

  it("with −0 and 0 as different constants, and one constant twice", () => {
    const x = tensor([1, -1, 0, -0, 3]);
    comparePlan((a) => [scale(a, 0), scale(a, -0), scale(a, 0)], [x]);
    comparePlan((a) => [scale(scale(a, -0), 2), scale(a, 2)], [x]);
  });

  it("that stretch a number, a row, a column", () => {
    comparePlan(
      (a, b, c) => [broadcastTo(a, [3, 5]), broadcastTo(b, [3, 5]), broadcastTo(c, [3, 5])],
      [tensor(2), random.normal([5]), random.normal([3, 1])],
    );
  });
});
