import {
  conv2d,
  DomainError,
  grad,
  LimitError,
  mul,
  Random,
  ShapeError,
  slice,
  sum,
  Tensor,
  tensor,
  useKernels,
  variable,
} from "diffeo";
import { afterEach, describe, expect, it } from "vitest";
import { imagesPerGroup } from "../../../src/tensor/kernels/imageGroups.ts";
import { bitsOf, EPSILON, expectWithin, indicesOf } from "../../support/arbitraries.ts";
import { sameBits, values } from "../../support/sameBits.ts";

const NAN = Number.NaN;

afterEach(() => {
  useKernels("simd");
});

describe("conv2d", () => {
  const image = tensor([
    [
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
    ],
  ]);
  const kernel = tensor([
    [
      [
        [1, 10],
        [100, 1000],
      ],
    ],
  ]);

  it("correlates: the kernel is not turned round", () => {
    expect(conv2d(image, kernel).toArray()).toEqual([
      [
        [
          [5421, 6532],
          [8754, 9865],
        ],
      ],
    ]);
    expect(conv2d(image, kernel, tensor([0.5])).at(0, 0, 1, 1)).toBe(9865.5);
  });

  it("moves by its stride, into the padding as well, in each direction as told", () => {
    expect(conv2d(image, kernel, undefined, { stride: 2, padding: 1 }).toArray()).toEqual([
      [
        [
          [1000, 3200],
          [7040, 9865],
        ],
      ],
    ]);
    expect(conv2d(image, kernel, undefined, { stride: [1, 2], padding: [0, 1] }).shape).toEqual([1, 1, 2, 2]);
  });

  it("is a product of matrices at each pixel for kernels of 1×1", () => {
    const [x, w] = [new Random(1).normal([2, 3, 4, 5]), new Random(2).normal([7, 3, 1, 1])];
    const y = conv2d(x, w);
    expect(y.shape).toEqual([2, 7, 4, 5]);
    for (const [n, o, i, j] of indicesOf(y.shape)) {
      let [expected, size] = [0, 0];
      for (let c = 0; c < 3; c++) {
        const term = x.at(n, c, i, j) * w.at(o, c, 0, 0);
        expected += term;
        size += Math.abs(term);
      }
      expectWithin(y.at(n, o, i, j), expected, 4 * EPSILON * size);
    }
  });

  it("has nothing to add up where there are no channels, and nothing to do without images", () => {
    const y = conv2d(tensor([], [2, 0, 2, 2]), tensor([], [1, 0, 2, 2]));
    expect(y.toArray()).toEqual([[[[0]]], [[[0]]]]);
    expect(conv2d(tensor([], [0, 1, 3, 3]), kernel).shape).toEqual([0, 1, 2, 2]);
    expect(conv2d(image, tensor([], [0, 1, 2, 2])).shape).toEqual([1, 0, 2, 2]);
  });

  it("lets NaN through where the window sees it, and nowhere else", () => {
    const data = image.data.slice();
    data[0] = NAN;
    const y = conv2d(new Tensor(data, image.shape), kernel);
    expect(Array.from(y.data)).toEqual([NAN, 6532, 8754, 9865]);
  });

  it("says what does not fit", () => {
    expect(() => conv2d(tensor([[1]]), kernel)).toThrow(
      new ShapeError("conv2d: x must be [N,C,H,W] and w [O,C,kh,kw]; [1,1] * [1,1,2,2]"),
    );
    expect(() => conv2d(image, new Random(1).normal([1, 2, 2, 2]))).toThrow(ShapeError);
    expect(() => conv2d(image, new Random(1).normal([1, 1, 4, 1]))).toThrow(
      "conv2d: the kernel must fit into the padded image; [1,1,3,3] * [1,1,4,1], padding [0,0]",
    );
    expect(() => conv2d(image, tensor([], [1, 1, 0, 1]))).toThrow(ShapeError);
    expect(() => conv2d(image, kernel, tensor([1, 2]))).toThrow("conv2d: the bias must be [1]; got [2]");
    expect(() => conv2d(image, kernel, 1)).toThrow("conv2d: the bias must be [1]; got []");
  });

  it("says what is no stride, padding or options", () => {
    for (const stride of [0, -1, 1.5, NAN, "1", [1], [1, 0]]) {
      expect(() => conv2d(image, kernel, undefined, { stride: stride as never }), String(stride)).toThrow(DomainError);
    }
    expect(() => conv2d(image, kernel, undefined, { padding: -1 })).toThrow(
      new DomainError("conv2d: padding is an integer ≥ 0, or [rows, columns]; got -1"),
    );
    expect(() => conv2d(image, kernel, undefined, 2 as never)).toThrow(DomainError);
    expect(() => conv2d(image, kernel, undefined, { padding: 2 ** 20 })).toThrow(LimitError);
    expect(() => conv2d("x" as never, kernel)).toThrow(DomainError);
  });
});

// ── groups of images ────────────────────────────────────────────────────────────────────────────────────────────────

interface Sizes {
  readonly channels: number;
  readonly image: readonly [height: number, width: number];
  readonly outputs: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride?: readonly [rows: number, columns: number];
  readonly padding?: readonly [rows: number, columns: number];
}

/** Groups of 32, 64, 7 and 56 images, 1, 56 and 512; sums within a chunk of 256 and beyond. */
const SIZES: readonly Sizes[] = [
  { channels: 2, image: [4, 4], outputs: 3, kernel: [3, 3], padding: [1, 1] },
  { channels: 5, image: [2, 4], outputs: 9, kernel: [1, 1] },
  { channels: 1, image: [8, 8], outputs: 2, kernel: [2, 1], padding: [0, 1] },
  { channels: 1, image: [23, 24], outputs: 1, kernel: [1, 1] },
  { channels: 3, image: [6, 5], outputs: 4, kernel: [2, 3], stride: [2, 2], padding: [0, 1] },
  { channels: 2, image: [4, 3], outputs: 2, kernel: [1, 1], stride: [2, 1], padding: [1, 0] },
  { channels: 33, image: [3, 3], outputs: 2, kernel: [3, 3] },
];

/** How many images there are: none, one, around groups and shards, primes. */
const COUNTS = [0, 1, 2, 7, 31, 32, 33, 64, 65, 131];

function problem({ channels, image, outputs, kernel, stride = [1, 1], padding = [0, 0] }: Sizes, N: number) {
  const random = new Random(N);
  const x = variable(random.normal([N, channels, ...image]));
  const w = variable(random.normal([outputs, channels, ...kernel]));
  const f = (images: Tensor) => conv2d(images, w, undefined, { stride, padding });
  const g = random.normal(f(x).shape);
  const gradients = (images: typeof x, cotangent: Tensor) => grad(sum(mul(f(images), cotangent)), [images, w]);
  /** The number that the window sees of image n through [c, di, dj], at position (i, j). */
  const seen = (n: number, c: number, di: number, dj: number, i: number, j: number): number => {
    const [row, column] = [i * stride[0] + di - padding[0], j * stride[1] + dj - padding[1]];
    const inside = row >= 0 && row < image[0] && column >= 0 && column < image[1];
    return inside ? x.at(n, c, row, column) : 0;
  };
  return { x, w, f, g, gradients, seen };
}

describe("conv2d takes several images at a time:", () => {
  it("an image gives the same bits, and gets the same gradient, as on its own", () => {
    for (const sizes of SIZES) {
      for (const N of COUNTS) {
        const { x, f, g, gradients } = problem(sizes, N);
        const [y, [gx]] = [f(x), gradients(x, g)];
        for (const n of new Set([0, 1, 8, N >> 1, N - 1].filter((each) => each >= 0 && each < N))) {
          const only = (t: Tensor): Tensor => slice(t, [n, n + 1]);
          const alone = variable(only(x));
          expect(bitsOf(only(y))).toEqual(bitsOf(f(alone)));
          expect(bitsOf(only(gx))).toEqual(bitsOf(gradients(alone, only(g))[0]));
        }
      }
    }
  });

  it("the gradient to the kernel is the sum of shards of 64 images, each of groups, position by position, to the bit", () => {
    for (const sizes of SIZES) {
      for (const N of [0, 1, 33, 64, 65, 131, 193]) {
        const { x, w, g, gradients, seen } = problem(sizes, N);
        const [, , height, width] = g.shape;
        const group = Math.max(1, Math.floor(512 / (height * width)));
        /** Chunks of 256 terms are added in order. */
        const inChunks = (terms: readonly number[]): number => {
          let total = 0;
          for (let start = 0; start < terms.length; start += 256) {
            total += terms.slice(start, start + 256).reduce((chunk, term) => chunk + term, 0);
          }
          return total;
        };
        const [, gw] = gradients(x, g);
        for (const [o, c, di, dj] of indicesOf(w.shape)) {
          const shard = (start: number, end: number): number => {
            let total = 0;
            for (let first = start; first < end; first += group) {
              const images = Array.from({ length: Math.min(group, end - first) }, (_, m) => first + m);
              const terms = indicesOf([height, width]).flatMap(([i, j]) =>
                images.map((n) => g.at(n, o, i, j) * seen(n, c, di, dj, i, j)),
              );
              total += inChunks(terms);
            }
            return total;
          };
          const tree = (start: number, end: number): number => {
            let left = 64;
            while (2 * left < end - start) left *= 2;
            return end - start <= 64 ? shard(start, end) : tree(start, start + left) + tree(start + left, end);
          };
          expect(gw.at(o, c, di, dj), `${N} images, ${[o, c, di, dj]}`).toBe(tree(0, N));
        }
      }
    }
  });

  it("plain loops and WebAssembly give the same bits, of special values as well, to the second derivative", () => {
    for (const sizes of SIZES) {
      for (const N of [0, 1, 33, 67]) {
        const { channels, image, outputs, kernel, stride = [1, 1], padding = [0, 0] } = sizes;
        const random = new Random(N);
        for (const numbers of [values, (shape: readonly number[]) => random.normal([...shape])]) {
          const x = variable(numbers([N, channels, ...image], random));
          const w = variable(numbers([outputs, channels, ...kernel], random));
          sameBits(`${N} images`, () => {
            const y = conv2d(x, w, undefined, { stride, padding });
            const first = grad(sum(mul(y, y)), [x, w], { createGraph: true });
            return [y, ...first, ...grad(sum(mul(first[0], first[0])), [x, w])];
          });
        }
      }
    }
  });

  it("as many as have about 512 positions, fewer where the window is very large, and at least one", () => {
    expect([1, 4, 16, 36, 512, 513].map((P) => imagesPerGroup(9, P))).toEqual([512, 128, 32, 14, 1, 1]);
    expect([0, 2048, 4096, 2 ** 20, 2 ** 21].map((K) => imagesPerGroup(K, 1))).toEqual([512, 512, 256, 1, 1]);
  });
});
