import { add, DomainError, div, grad, matmul, mul, sqrt, sub, sum, Tensor, tensor, variable } from "diffeo";
import { describe, expect, it } from "vitest";

const INF = Number.POSITIVE_INFINITY;
const NAN = Number.NaN;

describe("arithmetic", () => {
  it("broadcasts as NumPy does: every pair of shapes of rank ≤ 3 with sides 0 … 3, value and gradient", () => {
    const sides = [0, 1, 2, 3];
    const shapes: number[][] = [[]];
    for (let rank = 1; rank <= 3; rank++) {
      shapes.push(...shapes.filter((s) => s.length === rank - 1).flatMap((s) => sides.map((n) => [...s, n])));
    }
    expect(shapes).toHaveLength(85);
    let refused = 0;
    for (const a of shapes) {
      for (const b of shapes) {
        const rank = Math.max(a.length, b.length);
        const pad = (s: number[]): number[] => [...Array(rank - s.length).fill(1), ...s];
        const [pa, pb] = [pad(a), pad(b)];
        const fits = pa.every((n, i) => n === pb[i] || n === 1 || pb[i] === 1);
        const size = (s: number[]): number => s.reduce((p, n) => p * n, 1);
        const x = variable(
          new Tensor(
            Float64Array.from({ length: size(a) }, (_, i) => i + 1),
            a,
          ),
        );
        const y = variable(
          new Tensor(
            Float64Array.from({ length: size(b) }, (_, i) => 10 * i),
            b,
          ),
        );
        if (!fits) {
          refused++;
          expect(() => sub(x, y)).toThrow(`sub: shapes do not broadcast; [${a}] and [${b}]`);
          continue;
        }
        const z = sub(x, y);
        const shape = pa.map((n, i) => (n === 1 ? pb[i] : n));
        expect(z.shape).toEqual(shape);
        // element by element, from the definition
        const offset = (index: number[], s: number[]): number =>
          s.reduce((o, n, i) => o * n + (n === 1 ? 0 : index[i]), 0);
        const countA = new Float64Array(size(a));
        const countB = new Float64Array(size(b));
        for (let k = 0; k < size(shape); k++) {
          const index = shape.map((_, i) => Math.floor(k / size(shape.slice(i + 1))) % shape[i]);
          const [oa, ob] = [offset(index, pa), offset(index, pb)];
          if (z.data[k] !== x.data[oa] - y.data[ob]) throw new Error(`[${a}] − [${b}] at ${index}`);
          countA[oa]++;
          countB[ob]--;
        }
        const [gx, gy] = grad(sum(z), [x, y]);
        expect(Array.from(gx.data)).toEqual(Array.from(countA));
        expect(Array.from(gy.data, (v) => v + 0)).toEqual(Array.from(countB));
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it("follows IEEE arithmetic at the edges", () => {
    expect(div(tensor([1, -1, 0]), 0).toArray()).toEqual([INF, -INF, NAN]);
    expect(sqrt(tensor([4, 0, -1, INF])).toArray()).toEqual([2, 0, NAN, INF]);
    expect(mul(0, INF).item()).toBe(NAN);
  });

  it("refuses what is neither Tensor nor number, naming op and type", () => {
    expect(() => add(tensor([1]), "x" as never)).toThrow(
      new DomainError("add: operands are Tensors or numbers; got string"),
    );
    expect(() => sum(null as never)).toThrow(new DomainError("sum: operands are Tensors or numbers; got null"));
    expect(() => matmul([[1]] as never, tensor([[1]]))).toThrow(DomainError);
  });
});
