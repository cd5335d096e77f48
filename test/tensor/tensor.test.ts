import {
  applyMany,
  arange,
  DomainError,
  eye,
  full,
  LimitError,
  linspace,
  type ManyRule,
  type NestedArray,
  ones,
  Parameter,
  reshape,
  ShapeError,
  Tensor,
  tensor,
  Variable,
  variable,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, indicesOf, SPECIAL, shapes } from "../support/arbitraries.ts";

const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);

describe("tensor", () => {
  it("makes a scalar of a number", () => {
    expect(tensor(3)).toMatchObject({ shape: [], size: 1, rank: 0 });
    expect(tensor(3).item()).toBe(3);
  });

  it("makes as many axes as arrays are nested", () => {
    expect(matrix).toMatchObject({ shape: [2, 3], size: 6, rank: 2 });
    expect(Array.from(matrix.data)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(tensor([[[1], [2]]]).shape).toEqual([1, 2, 1]);
  });

  it("makes empty tensors of empty arrays", () => {
    expect([[], [[]], [[], []], [[[]], [[]]]].map((values) => tensor(values).shape)).toEqual([
      ...[[0], [1, 0], [2, 0], [2, 1, 0]],
    ]);
  });

  it("takes a flat list with a shape, and nested arrays with another one", () => {
    expect(tensor([1, 2, 3, 4], [2, 2]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor([[1, 2], [3, 4]], [4]).toArray()).toEqual([1, 2, 3, 4]); // biome-ignore format: one line says it
    expect(tensor(7, [1, 1]).toArray()).toEqual([[7]]);
    expect(tensor([], [0, 3]).shape).toEqual([0, 3]);
  });

  it.each([Float64Array, Float32Array, Int32Array, Uint8Array, Uint8ClampedArray])("takes a %o", (TypedArray) => {
    expect(tensor(TypedArray.of(1, 2, 3)).toArray()).toEqual([1, 2, 3]);
    expect(tensor([TypedArray.of(1, 2), TypedArray.of(3, 4)] as unknown as NestedArray).shape).toEqual([2, 2]);
  });

  it("keeps every float64 number as it is", () => {
    expect(bitsOf(tensor([...SPECIAL]))).toEqual(Array.from(new BigUint64Array(Float64Array.from(SPECIAL).buffer)));
  });

  it("copies what it is given, the shape too", () => {
    const values = Float64Array.of(1, 2, 3, 4);
    const shape = [2, 2];
    const x = tensor(values, shape);
    values[0] = 9;
    shape[0] = 9;
    expect(x.shape).toEqual([2, 2]);
    expect(Array.from(x.data)).toEqual([1, 2, 3, 4]);
  });

  it.each<[values: unknown, message: string]>([
    [[[1, 2], [3]], "tensor: rows must have equal lengths; got 1 where the first has 2"],
    [[[1], [2, 3]], "tensor: rows must have equal lengths; got 2 where the first has 1"],
    [[[], [1]], "tensor: rows must have equal lengths; got 1 where the first has 0"],
    [[[1], 2], "tensor: rows must have equal lengths; got undefined where the first has 1"],
    [[[[1]], [[2], [3]]], "tensor: rows must have equal lengths; got 2 where the first has 1"],
  ])("refuses the ragged %j", (values, message) => {
    expect(() => tensor(values as NestedArray)).toThrow(new ShapeError(message));
  });

  it.each<[values: unknown, type: string]>([
    ["1", "string"],
    [null, "null"],
    [undefined, "undefined"],
    [true, "boolean"],
    [{}, "Object"],
    [["1"], "string"],
    [[null], "null"],
    [[1, undefined], "undefined"],
    [[1, [2]], "[2]"],
    [[true], "boolean"],
    [new Array(2), "undefined"],
    [[[1, 2], [3, "4"]], "string"], // biome-ignore format: one line says it
  ])("refuses %j, in which not all is a number", (values, type) => {
    expect(() => tensor(values as NestedArray)).toThrow(
      new DomainError(`tensor: elements must be numbers; got ${type}`),
    );
  });

  it("refuses bigints", () => {
    expect(() => tensor([1n] as never)).toThrow(new DomainError("tensor: elements must be numbers; got bigint"));
    expect(() => tensor(new BigInt64Array(1) as never)).toThrow(DomainError);
  });

  it("refuses a shape that the values do not fill", () => {
    expect(() => tensor([1, 2, 3], [2, 2])).toThrow(
      new ShapeError("tensor: the values must fill the shape; 3 numbers for [2,2]"),
    );
    expect(() => tensor([], [])).toThrow("tensor: the values must fill the shape; 0 numbers for []");
  });

  it("refuses absurd shapes, and lists of absurd length", () => {
    for (const shape of [[-1], [1.5], [Number.NaN]]) expect(() => tensor([1], shape)).toThrow(DomainError);
    for (const length of [-1, 1.5, Number.NaN]) expect(() => tensor({ length })).toThrow(DomainError);
    expect(() => tensor({ length: 2 ** 40 })).toThrow(LimitError);
  });
});

describe.each([
  ["zeros", (shape: number[]) => zeros(shape)],
  ["ones", (shape: number[]) => ones(shape)],
  ["full", (shape: number[]) => full(shape, 7)],
])("%s", (name, make) => {
  it("fills a shape of its own with its value", () => {
    const shape = [2, 3];
    const x = make(shape);
    shape[0] = 9;
    expect(x.shape).toEqual([2, 3]);
    expect(Array.from(x.data)).toEqual(new Array(6).fill({ zeros: 0, ones: 1, full: 7 }[name]));
    expect(make([]).rank).toBe(0);
    expect(make([2, 0]).size).toBe(0);
  });

  it.each([[[Number.NaN]], [[1.5]], [[-1]], [[2, Number.POSITIVE_INFINITY]], ["3"]])(
    "refuses the shape %o before it allocates",
    (shape) => {
      expect(() => make(shape as number[])).toThrow(DomainError);
    },
  );

  it("refuses more than 2³⁰ elements before it allocates", () => {
    expect(() => make([2 ** 31])).toThrow(LimitError);
    expect(() => make([2 ** 20, 2 ** 20])).toThrow(LimitError);
  });
});

describe("tensor, of arrays that are nested without end", () => {
  it("throws LimitError beyond 64 axes, and for arrays that contain themselves", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], 1 as unknown);
    expect(tensor(nested(64) as never).rank).toBe(64);
    for (const wrong of [circle, nested(65), nested(20_000)]) {
      expect(() => tensor(wrong as never)).toThrow(
        new LimitError("tensor: at most 64 axes; got arrays that are nested deeper, or contain themselves"),
      );
    }
    expect(() => tensor([1, circle] as never)).toThrow(DomainError);
    expect(() => zeros(new Array(20_000).fill(1))).toThrow(new LimitError("zeros: at most 64 axes; got 20000"));
    expect(() => reshape(zeros([1]), new Array(65).fill(1))).toThrow(
      new LimitError("reshape: at most 64 axes; got 65"),
    );
    const two: ManyRule<[Tensor]> = {
      name: "two",
      shapes: ([x]) => [x.shape, [...x.shape, 1]],
      forward: () => {},
      vjp: () => [],
    };
    expect(applyMany(two, [zeros(new Array(63).fill(1))])).toHaveLength(2);
    expect(() => applyMany(two, [zeros(new Array(64).fill(1))])).toThrow(
      new LimitError("two: at most 64 axes; got 65"),
    );
  });
});

describe("the constructors", () => {
  it("take what fills a shape, and nothing else", () => {
    for (const Kind of [Tensor, Variable, Parameter]) {
      const make = (values: unknown, shape: unknown): unknown =>
        new Kind(values as never, shape as never, "name" as never);
      expect(make(new Float64Array(2), [2])).toBeInstanceOf(Kind);
      for (const values of [undefined, [1, 2], { length: 2 }, new Float32Array(2), "ab"]) {
        expect(() => make(values, [2]), String(values)).toThrow("Tensor: the values are a Float64Array");
      }
      for (const shape of [[3], []]) {
        expect(() => make(new Float64Array(2), shape)).toThrow(
          new ShapeError(`Tensor: the values must fill the shape; 2 numbers for [${shape}]`),
        );
      }
      for (const shape of [undefined, 2, [Number.NaN], [-1, 3], [-1, -2], [0.5, 4], ["2"], [2, null], new Array(1)]) {
        expect(() => make(new Float64Array(2), shape), String(shape)).toThrow(DomainError);
      }
      expect(() => make(new Float64Array(1), new Array(65).fill(1))).toThrow(
        new LimitError("Tensor: at most 64 axes; got 65"),
      );
    }
    expect(() => new Parameter(new Float64Array(1), [], 5 as never)).toThrow("Parameter: a name is a string; got 5");
  });
});

describe("eye", () => {
  it("is 1 on the diagonal and 0 elsewhere", () => {
    expect(eye(2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(eye(0).shape).toEqual([0, 0]);
    expect(() => eye(-1)).toThrow(new DomainError("eye: axes must be integers ≥ 0; got [-1,-1]"));
    expect(() => eye(2 ** 16)).toThrow(LimitError);
  });
});

describe("arange", () => {
  it("counts from 0 to n − 1", () => {
    expect(arange(4).toArray()).toEqual([0, 1, 2, 3]);
    expect(arange(0).shape).toEqual([0]);
    expect(() => arange(2.5)).toThrow(DomainError);
  });
});

describe("linspace", () => {
  it("goes from a to b in n equal steps, and ends on b exactly", () => {
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(linspace(3, -1, 3).toArray()).toEqual([3, 1, -1]);
    expect(linspace(0, 0.3, 4).toArray()).toEqual([0, 0.3 / 3, 0.6 / 3, 0.3]);
  });

  it("starts on a exactly, however far b is", () => {
    expect(linspace(1e-320, 1.7e308, 3).toArray()).toEqual([1e-320, 8.5e307, 1.7e308]);
    expect(linspace(-1.7e308, 1e-320, 3).toArray()).toEqual([-1.7e308, -8.5e307, 1e-320]);
    expect(linspace(-0, 1, 2).toArray()).toEqual([-0, 1]);
  });

  it("starts on a, when it is one number or none", () => {
    expect(linspace(-1e308, 1e308, 5).toArray()).toEqual([-1e308, -5e307, 0, 5e307, 1e308]);
    expect(linspace(0, 1.6e308, 5).toArray()).toEqual([0, 4e307, 8e307, 1.2e308, 1.6e308]);
    expect(linspace(5, 9, 1).toArray()).toEqual([5]);
    expect(linspace(5, 9, 0).toArray()).toEqual([]);
    expect(() => linspace(5, 9, -1)).toThrow(DomainError);
  });
});

describe("Tensor", () => {
  it("reads single elements, negative indices counting from the end", () => {
    expect([matrix.at(0, 0), matrix.at(1, 0), matrix.at(-1, -1), matrix.at(0, -3)]).toEqual([1, 4, 6, 1]);
    expect(tensor(8).at()).toBe(8);
  });

  it("reads the element that row-major order says", () => {
    fc.assert(
      fc.property(shapes(), (shape) => {
        const x = new Tensor(arange(shape.reduce((size, length) => size * length, 1)).data, shape);
        expect(indicesOf(shape).map((index) => x.at(...index))).toEqual(Array.from(x.data));
      }),
    );
  });

  it.each([[[2, 0]], [[0, 3]], [[-3, 0]], [[0, 0.5]], [[Number.NaN, 0]], [["0", 0]]])(
    "has no element at [%s] of [2,3]",
    (index) => {
      expect(() => matrix.at(...(index as number[]))).toThrow(
        new ShapeError(`at: index out of range; got [${index}] for shape [2,3]`),
      );
    },
  );

  it("wants one index per axis", () => {
    expect(() => matrix.at(1)).toThrow(new ShapeError("at: one index per axis; got 1 for shape [2,3]"));
    expect(() => matrix.at(1, 1, 1)).toThrow(new ShapeError("at: one index per axis; got 3 for shape [2,3]"));
    expect(() => tensor(1).at(0)).toThrow(new ShapeError("at: one index per axis; got 1 for shape []"));
  });

  it("gives its item if it has but one, of whatever rank", () => {
    expect([tensor(7).item(), tensor([7]).item(), tensor([[7]]).item()]).toEqual([7, 7, 7]);
    expect(() => matrix.item()).toThrow(new ShapeError("item: needs exactly one element; got shape [2,3]"));
    expect(() => tensor([]).item()).toThrow(new ShapeError("item: needs exactly one element; got shape [0]"));
  });

  it("becomes nested arrays and comes back from them", () => {
    expect(tensor(1).toArray()).toBe(1);
    expect(matrix.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(zeros([2, 0, 3]).toArray()).toEqual([[], []]);
    fc.assert(
      fc.property(shapes(1), (shape) => {
        const x = tensor(arange(shape.reduce((size, length) => size * length, 1)).data, shape);
        expect(tensor(x.toArray(), shape).data).toEqual(x.data);
      }),
    );
  });

  it("goes along its first axis: the numbers of a vector, the rows of anything else", () => {
    expect([...tensor([1, -0, Number.NaN])]).toEqual([1, -0, Number.NaN]);
    const rows = [...matrix] as Tensor[];
    expect(rows.map(String)).toEqual(["Tensor [3]\n[1, 2, 3]", "Tensor [3]\n[4, 5, 6]"]);
    const [[, second]] = matrix as Iterable<Tensor>;
    expect(second).toBe(2);
    expect([...zeros([0, 2])]).toEqual([]);
    expect([...(zeros([2, 0]) as Iterable<Tensor>)].map(({ shape }) => shape)).toEqual([[0], [0]]);
    expect([...(zeros([2, 3, 4]) as Iterable<Tensor>)].map(({ shape }) => shape)).toEqual([
      [3, 4],
      [3, 4],
    ]);
  });

  it("gives rows of its own, which a change of one row's buffer does not reach", () => {
    const [row] = matrix as Iterable<Tensor>;
    row.data[0] = 9;
    expect(matrix.at(0, 0)).toBe(1);
  });

  it("gives the values of a Variable, in plain tensors", () => {
    const [row] = variable([[1, 2]]) as Iterable<Tensor>;
    expect(row).not.toBeInstanceOf(Variable);
    expect(row.toArray()).toEqual([1, 2]);
  });

  it("is not iterable if it is a scalar, and can still be compared with another", () => {
    expect(() => [...tensor(1)]).toThrow(TypeError);
    expect(tensor(1)).toEqual(tensor(1));
    expect(tensor(1)).not.toEqual(tensor(2));
  });

  it.each<[string, () => Tensor]>([
    ["tensor of nested arrays", () => tensor([[1, 2, 3]])],
    ["tensor of a part of a buffer", () => tensor(new Float64Array(10).subarray(2, 5))],
    ["tensor of a list with a shape", () => tensor([1, 2, 3], [3, 1])],
    ["zeros", () => zeros([3])],
    ["full", () => full([3], 1)],
    ["arange", () => arange(3)],
    ["linspace", () => linspace(0, 1, 3)],
  ])("made by %s has an exact buffer of its own on the heap", (_name, make) => {
    const { data, size } = make();
    expect(data).toBeInstanceOf(Float64Array);
    expect(data.buffer).toBeInstanceOf(ArrayBuffer);
    expect([data.length, data.byteOffset, data.buffer.byteLength]).toEqual([size, 0, 8 * size]);
  });

  it("is full of a number only", () => {
    for (const value of [3n, "3", undefined]) {
      expect(() => full([2], value as never), String(value)).toThrow(/^full: the value must be a number; got /);
    }
  });

  it("takes a buffer as it is, when it is constructed from one", () => {
    const data = Float64Array.of(1, 2);
    expect(new Tensor(data, [2, 1]).data).toBe(data);
  });
});
