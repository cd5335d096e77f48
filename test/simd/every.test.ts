import {
  adam,
  add,
  checkFinite,
  cholesky,
  div,
  exp,
  expm1,
  grad,
  inv,
  linear,
  log,
  log1p,
  logSigmoid,
  lu,
  maskedAutoregressive,
  maskedMlp,
  matmul,
  mlp,
  mul,
  noGrad,
  parameter,
  qr,
  Random,
  sigmoid,
  slogdet,
  softplus,
  solve,
  solveTriangular,
  sub,
  sum,
  Tensor,
  tanh,
  useKernels,
  variable,
} from "diffeo";
import { afterEach, describe, expect, it } from "vitest";
import { kernelsOf } from "../../src/tensor/simd/webAssembly.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";
import { sameBits, values } from "../support/sameBits.ts";

afterEach(() => {
  useKernels("simd");
});

/** 0 … 33, and the edges of pieces of 4,096 numbers. */
const LENGTHS = [...Array.from({ length: 34 }, (_, n) => n), 63, 64, 65, 127, 4095, 4096, 4097, 8191, 8193, 12289];

describe("plain loops and WebAssembly give the same bits:", () => {
  it.each(Object.entries({ exp, expm1, log, log1p, tanh, sigmoid, softplus, logSigmoid }))(
    "%s, and its gradients, of every length around the edges",
    (name, f) => {
      const random = new Random(1);
      for (const length of LENGTHS) {
        const x = variable(values([length], random, 100));
        const g = values([length], random);
        sameBits(`${name} of ${length}`, () => {
          const y = f(x);
          const [first] = grad(sum(mul(y, g)), [x], { createGraph: true });
          return [y, first, ...grad(sum(first), [x])];
        });
      }
    },
  );

  it.each(Object.entries({ add, sub, mul, div }))("%s, whatever is stretched", (name, f) => {
    const random = new Random(2);
    const shapes: [number[], number[]][] = [];
    for (const length of LENGTHS) shapes.push([[length], [length]], [[length], []], [[], [length]], [[length, 3], [3]]);
    for (const rows of [1, 2, 3, 17, 64, 130]) {
      for (const columns of [1, 2, 3, 5, 8, 33, 64, 1025]) {
        const full = [rows, columns];
        shapes.push(
          [full, [columns]],
          [[columns], full],
          [full, [rows, 1]],
          [[rows, 1], full],
          [
            [rows, 1],
            [1, columns],
          ],
        );
      }
    }
    shapes.push(
      [[2, 4097], [4097]],
      [
        [3, 4097],
        [3, 1],
      ],
      [
        [4, 5, 6],
        [5, 1],
      ],
      [
        [4, 1, 6],
        [5, 6],
      ],
      [
        [2, 3, 4, 5],
        [3, 1, 5],
      ],
      // stacks of matrices that are large enough for vectors
      [
        [3, 5, 8, 9],
        [5, 1, 1],
      ],
      [
        [2, 3, 1, 30],
        [4, 1],
      ],
      [
        [2, 3, 10, 12],
        [3, 1, 12],
      ],
    );
    for (const [shapeA, shapeB] of shapes) {
      const [a, b] = [values(shapeA, random), values(shapeB, random)];
      sameBits(`${name} of [${shapeA}] and [${shapeB}]`, () => [f(a, b)]);
    }
  });

  it("matmul in every layout, around the edges of tiles, chunks and blocks", () => {
    const random = new Random(3);
    const sizes: number[][] = [];
    for (let n = 0; n <= 33; n++) sizes.push([n, 33, 17], [33, n, 33], [17, 33, n], [n, n, n], [n, 5, 260]);
    for (const K of [255, 256, 257, 511, 513]) sizes.push([9, 11, K], [300, 4, K], [4, 300, K]);
    for (const K of [63, 64, 65, 128, 320, 448, 1000]) sizes.push([9, 11, K]); // shards …
    sizes.push([130, 70, 320], [10, 600, 130]); // … of several blocks
    for (const M of [126, 127, 128, 129, 131, 257]) sizes.push([M, 9, 40], [M, 3, 300]);
    for (const N of [511, 512, 513, 521, 1025]) sizes.push([5, N, 20], [130, N, 3]);
    for (const [M, N, K] of sizes) {
      for (const layout of ["NN", "TN", "NT"] as const) {
        const a = values(layout === "TN" ? [K, M] : [M, K], random, 1);
        const b = values(layout === "NT" ? [N, K] : [K, N], random, 1);
        sameBits(`${layout} ${M}×${N}×${K}`, () => [matmul(a, b, layout)]);
      }
    }
    const [stackA, stackB] = [random.normal([3, 1, 20, 30]), random.normal([2, 30, 40])];
    sameBits("a stack", () => [matmul(stackA, stackB)]);
  });

  it("matmul of numbers without NaN and ∞ equals itself in any orientation", () => {
    const random = new Random(4);
    for (const [M, N, K] of [
      [300, 5, 300],
      [5, 300, 300],
      [64, 64, 64],
      [37, 41, 300],
    ]) {
      const [a, b] = [random.normal([M, K]), random.normal([K, N])];
      sameBits(`${M}×${N}×${K}`, () => [matmul(a, b)]);
    }
  });

  it("nets: a map with its bias, tanh, and their gradients", () => {
    const random = new Random(5);
    for (const [B, width] of [
      [1, 64],
      [3, 40],
      [130, 33],
      [256, 64],
      [20, 513],
    ]) {
      const net = mlp({ inputs: width, outputs: 3, hidden: [width, 7, width], random });
      const map = linear({ inputs: width, outputs: width, start: "random", random });
      const x = variable(random.normal([B, width]));
      sameBits(`[${B}, ${width}]`, () => {
        const [y, h] = [net.apply(x), map.apply(x)];
        return [y, h, ...grad(add(sum(y), sum(h)), [x, ...net.parameters, ...map.parameters])];
      });
    }
  });

  it("linear algebra, around the edges of blocks", () => {
    const random = new Random(6);
    for (const n of [1, 2, 5, 8, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 100, 129]) {
      const A = random.normal([n, n]);
      const B = random.normal([n, 1 + (n % 20)]);
      const S = add(
        matmul(A, A, "NT"),
        new Tensor(
          Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? n : 0)),
          [n, n],
        ),
      );
      sameBits(`n = ${n}`, () => {
        const factors = lu(A);
        return [
          ...[
            factors.L,
            factors.U,
            factors.permutation,
            factors.sign,
            solve(A, B),
            inv(A),
            cholesky(S),
            slogdet(A).logAbsDet,
          ],
          ...[true, false].flatMap((lower) =>
            [true, false].map((transposed) => solveTriangular(A, B, { lower, transposed, unitDiagonal: n % 2 === 0 })),
          ),
          ...Object.values(qr(A)),
        ];
      });
    }
    for (const [m, n] of [
      [70, 40],
      [40, 70],
      [200, 33],
      [33, 200],
      [1, 50],
      [50, 1],
    ]) {
      const A = random.normal([m, n]);
      sameBits(`${m}×${n}`, () => Object.values(lu(A)));
    }
    const special = values([48, 48], random, 1);
    sameBits("with NaN, ∞ and subnormals among the entries", () => Object.values(lu(special)));
    const singular = new Tensor(new Float64Array(40 * 40).fill(1), [40, 40]);
    sameBits("of a singular matrix", () => Object.values(lu(singular)));
  });

  it("a step of Adam, and the search for what is not finite", () => {
    const random = new Random(7);
    for (const size of [1, 63, 64, 65, 100, 2047, 2048, 2049, 5000, 9000]) {
      const [start, g] = [random.normal([size]), random.normal([size])];
      sameBits(`${size} numbers`, () => {
        const theta = parameter(start);
        const optimizer = adam([theta], { learningRate: 0.1, weightDecay: 0.01 });
        for (let step = 0; step < 3; step++) optimizer.step([g]);
        const { tensors } = optimizer.state();
        return [theta, ...Object.values(tensors).flat()];
      });
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (const index of new Set([0, size >> 1, size - 1])) {
          const x = start.data.slice();
          x[index] = bad;
          expect(() => checkFinite(new Tensor(x, [size]))).toThrow(`[${index}]`);
        }
      }
      expect(() =>
        checkFinite(
          new Tensor(
            start.data.map((v) => 1e308 * Math.sign(v)),
            [size],
          ),
        ),
      ).not.toThrow();
    }
  });

  it("the one-pass inverse of an autoregressive layer, for every number of points at a time", () => {
    for (const residual of [false, true]) {
      const random = new Random(8);
      const net = maskedMlp({ dimensions: 7, outputsPerDimension: 2, hidden: [30, 30], residual, random });
      const layer = maskedAutoregressive({ dimensions: 7, conditioner: net, random });
      randomizeParameters(layer, random);
      for (const batch of [1, 2, 7, 8, 9, 64, 65, 130]) {
        const z = random.normal([batch, 7]);
        sameBits(`${batch} points`, () => noGrad(() => Object.values(layer.inverse(z))));
      }
    }
    // more units than one chunk of k
    const random = new Random(9);
    const wide = maskedAutoregressive({ dimensions: 3, hidden: [520, 520], random });
    randomizeParameters(wide, random);
    const z = random.normal([9, 3]);
    sameBits("520 units", () => noGrad(() => Object.values(wide.inverse(z))));
  });
});

describe("useKernels", () => {
  it("says what is in use, and refuses anything else", () => {
    expect(useKernels("plain")).toBe("plain");
    expect(useKernels("simd")).toBe("simd");
    for (const wrong of ["fast", undefined, 1]) {
      expect(() => useKernels(wrong as "simd")).toThrow(/useKernels: the kernels are "plain" or "simd"; got/);
    }
  });

  it("has kernels to offer here: what is compared above are two different things", () => {
    const module = { build: () => ({}), imports: {}, instance: null };
    expect(kernelsOf(module)).not.toBeNull();
    useKernels("plain");
    expect(kernelsOf(module)).toBeNull();
  });
});
