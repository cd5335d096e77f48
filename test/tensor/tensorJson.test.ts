import { add, DomainError, exp, parameter, Random, ShapeError, Tensor, tensor, variable, zeros } from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, shapes } from "../support/arbitraries.ts";

/** Through the text of a file. */
function throughJson(x: Tensor): Tensor {
  return tensor(JSON.parse(JSON.stringify(x)));
}

describe("a tensor as JSON", () => {
  it("is its shape and its numbers", () => {
    expect(JSON.stringify(tensor([[1, 2.5]]))).toBe('{"shape":[1,2],"data":[1,2.5]}');
    expect(JSON.stringify(tensor(3))).toBe('{"shape":[],"data":[3]}');
    expect(JSON.stringify(zeros([0, 2]))).toBe('{"shape":[0,2],"data":[]}');
  });

  it("writes as texts what JSON has no number for", () => {
    const values = tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0]);
    expect(JSON.stringify(values.toJSON().data)).toBe('["NaN","Infinity","-Infinity","-0",0]');
  });

  it("comes back with the bits of every number", () => {
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const numbers = bits.map((b) => new Float64Array(BigUint64Array.of(b).buffer)[0]);
    const cases = shapes().chain((shape) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return fc.array(fc.oneof(numbers, fc.double()), { minLength: size, maxLength: size }).map(
        (data) =>
          new Tensor(
            Float64Array.from(data, (x) => (Number.isNaN(x) ? Number.NaN : x)),
            shape,
          ),
      );
    });
    fc.assert(
      fc.property(cases, (x) => {
        const back = throughJson(x);
        expect(back.shape).toEqual(x.shape);
        expect(bitsOf(back)).toEqual(bitsOf(x));
      }),
    );
  });

  it("of a Variable or a Parameter is the values alone", () => {
    const v = variable([1, -0]);
    for (const x of [v, parameter([1, -0], "w"), add(v, 1)]) {
      expect(Object.keys(JSON.parse(JSON.stringify(x)))).toEqual(["shape", "data"]);
    }
    expect(String(throughJson(exp(v)))).toBe("Tensor [2]\n[2.71828,       1]");
    expect(parameter(v.toJSON(), "w").toArray()).toEqual([1, -0]);
    expect(variable(v.toJSON()).toArray()).toEqual([1, -0]);
  });

  it("goes to a Worker and back as shape and data, NaN, ∞ and −0 included", () => {
    const x = exp(
      variable([
        [Number.NaN, Number.POSITIVE_INFINITY],
        [-1e300, 1],
      ]),
    );
    const message = structuredClone({ shape: x.shape, data: x.data });
    expect(bitsOf(tensor(message))).toEqual(bitsOf(x));
    expect(tensor(structuredClone(x.toJSON())).toArray()).toEqual(x.toArray());
  });

  it("is copied from shape and data: the data may change afterwards", () => {
    const [data, shape] = [Float64Array.of(1, 2), [2]];
    const copies = [tensor({ shape, data }), tensor(data), tensor(data, [2, 1])];
    data[0] = 9;
    shape[0] = 1;
    expect(copies.map((x) => x.at(0, ...(x.rank === 2 ? [0] : [])))).toEqual([1, 1, 1]);
    expect(copies.map((x) => x.shape)).toEqual([[2], [2], [2, 1]]);
  });

  it("keeps its numbers when it goes to a Worker by transfer of a copy", () => {
    const x = tensor([[1, 2]]);
    const data = x.data.slice();
    const message = structuredClone({ shape: x.shape, data }, { transfer: [data.buffer] });
    expect(data).toHaveLength(0);
    expect(tensor(message).toArray()).toEqual(x.toArray());
  });

  it("can be given another shape", () => {
    expect(tensor({ shape: [4], data: [1, 2, 3, 4] }, [2, 2]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(tensor([1, 2])).toArray()).toEqual([1, 2]);
  });

  it.each<[unknown, unknown, string]>([
    [{ shape: [2], data: [1] }, ShapeError, "tensor: data must fill the shape; 1 numbers for [2]"],
    [{ shape: [2], data: 3 }, ShapeError, "tensor: data must fill the shape; undefined numbers for [2]"],
    [{ shape: [2 ** 29], data: { length: 2 } }, ShapeError, "2 numbers for [536870912]"],
    [{ shape: "2", data: [1, 2] }, DomainError, 'tensor: a shape is an array of integers; got "2"'],
    [
      { shape: [1], data: [null] },
      DomainError,
      "tensor: elements must be numbers, or the texts NaN, Infinity, -Infinity, -0; got null",
    ],
    [{ shape: [1], data: ["1"] }, DomainError, 'got "1"'],
    [{ shape: [1], data: [[1]] }, DomainError, "got [1]"],
  ])("is refused if it is %j", (json, Kind, message) => {
    expect(() => tensor(json as never)).toThrow(Kind as never);
    expect(() => tensor(json as never)).toThrow(message);
  });
});

describe("Random as JSON", () => {
  it("is its state, from which it goes on", () => {
    const random = new Random(5);
    random.normal([3]);
    const restored = Random.from(JSON.parse(JSON.stringify(random)));
    expect(restored.uniform([4]).toArray()).toEqual(random.uniform([4]).toArray());
  });
});
