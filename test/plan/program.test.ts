import {
  add,
  detach,
  exp,
  log,
  lu,
  mul,
  neg,
  Random,
  reshape,
  solveTriangular,
  square,
  sum,
  Tensor,
  tanh,
  tensor,
  transpose,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { type Program, programOf } from "../../src/plan/program.ts";
import { record } from "../../src/plan/recording.ts";
import { comparePlan } from "../support/plans.ts";

/** The program of a function of tensors. */
function programFor(f: (...xs: Tensor[]) => readonly Tensor[], ...given: Tensor[]): Program | null {
  const { result, events } = record(() => f(...given));
  return programOf(events, given, result);
}

const names = (program: Program | null): string[] | undefined => program?.ops.map(({ rule }) => rule?.name ?? "check");
const x = tensor([1, 2, 3]);

describe("the program of a recording", () => {
  it("has the ops from what is given to what is wanted, in order", () => {
    expect(names(programFor((a) => [square(exp(a))], x))).toEqual(["exp", "square"]);
  });

  it("leaves out what leads to nothing that is wanted", () => {
    const f = (a: Tensor): Tensor[] => {
      log(a);
      return [neg(exp(a))];
    };
    expect(names(programFor(f, x))).toEqual(["exp", "neg"]);
  });

  it("keeps looks at values, and what leads to them, though nobody wants their result", () => {
    const A = tensor([
      [2, 0],
      [1, 3],
    ]);
    const f = (a: Tensor, b: Tensor): Tensor[] => {
      solveTriangular(a, tensor([1, 1]), { lower: true });
      return [exp(b)];
    };
    expect(names(programFor(f, A, x))).toEqual(["check", "exp"]);
  });

  it("takes what is computed from constants alone for a constant", () => {
    const program = programFor((a) => [add(a, exp(tensor([1, 2, 3])))], x);
    expect(names(program)).toEqual(["add"]);
    const [, constant] = (program as Program).ops[0].inputs;
    expect(constant.storage.source).toBe("constant");
    expect([...constant.storage.data]).toEqual([...exp(x).data]);
  });

  it("does not take for a constant what is computed from what is given by way of a constant", () => {
    const f = (a: Tensor): Tensor[] => [mul(add(tensor([1, 1, 1]), a), exp(tensor([1, 2, 3])))];
    expect(names(programFor(f, x))).toEqual(["add", "mul"]);
    comparePlan(f, [x], [tensor([-1, 5, 0.5])]);
  });

  it("knows a buffer under other shapes, reshaped or detached, as the same", () => {
    const program = programFor((a) => [reshape(neg(detach(reshape(exp(a), [3, 1]))), [1, 3])], x) as Program;
    expect(names(program)).toEqual(["exp", "neg"]);
    expect(program.ops[1].inputs[0].storage).toBe(program.ops[0].outputs[0].storage);
    expect(program.ops[1].inputs[0].shape).toEqual([3, 1]);
    expect(program.wanted).toEqual([program.ops[1].outputs[0].storage]);
  });

  it("may want what is given, what is constant, and one thing twice", () => {
    const c = tensor([4, 5]);
    const f = (a: Tensor): Tensor[] => {
      const y = exp(a);
      return [a, c, y, y];
    };
    expect((programFor(f, x) as Program).wanted.map(({ source }) => source)).toEqual([
      ...["given", "constant", "made", "made"],
    ]);
    comparePlan(f, [x], [tensor([7, 8, 9])]);
  });

  it("takes one tensor that is given twice for one", () => {
    const program = programFor((a, b) => [add(a, b)], x, x) as Program;
    expect(program.given[0]).toBe(program.given[1]);
  });

  it("is refused where a part of what is computed is taken as another array: nobody would know that it changes", () => {
    const part = ({ data }: Tensor): Tensor => new Tensor(data.subarray(1), [2]);
    expect(programFor((a) => [exp(part(neg(a)))], x)).toBeNull();
    expect(programFor((a) => [exp(part(a))], x)).toBeNull();
    expect(programFor((a) => [part(neg(a))], x)).toBeNull();
    const c = tensor([1, 2, 3]);
    expect(names(programFor((a) => [add(exp(part(c)), a)], tensor([1, 1])))).toEqual(["add"]);
  });

  it("is refused where two that are given share a buffer", () => {
    const data = new Random(1).normal([4]).data;
    const [a, b] = [0, 2].map((start) => new Tensor(data.subarray(start, start + 2), [2]));
    expect(programFor((p, q) => [add(p, q)], a, b)).toBeNull();
  });
});

it("ops with several results, some of which nobody wants, and ops without a lowering run by their own forward", () => {
  const random = new Random(2);
  const [A, B] = [random.normal([5, 5]), random.normal([5, 5])];
  comparePlan((a) => [exp(lu(a).U), transpose(tanh(a)), sum(a)], [A], [B]);
});
