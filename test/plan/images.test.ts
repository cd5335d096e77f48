import { describe, expect, it } from "vitest";
import { grad } from "../../src/autograd/grad.ts";
import { Parameter, type Variable } from "../../src/autograd/variable.ts";
import {
  add,
  concat,
  conv2d,
  type Flow,
  forwardKL,
  glow,
  matmul,
  mul,
  noGrad,
  pad,
  permute,
  Random,
  realNVP,
  slice,
  sum,
  type Tensor,
  take,
  tanh,
  train,
} from "../../src/index.ts";
import { type Plan, planOf } from "../../src/plan/plan.ts";
import { type Program, programOf } from "../../src/plan/program.ts";
import { record } from "../../src/plan/recording.ts";

const random = new Random(1);

/** A plan of f, recorded for some numbers; what is over is filled with NaN. */
function planOfOther(f: (...xs: Tensor[]) => readonly Tensor[], x: Tensor, others: readonly Tensor[]): Plan {
  const { result, events } = record(() => f(x, ...others));
  const program = programOf(events, [x, ...others], result);
  const plan = program && planOf(program, { poison: true });
  if (plan === null) throw new Error("no plan");
  return plan;
}

/** Runs the plan, and holds each result to what the ops give, to the bit. */
function compare({ memory, given, wanted, run }: Plan, right: readonly Tensor[], xs: readonly Tensor[]): void {
  xs.forEach(({ data }, k) => {
    memory.numbers.set(data, given[k] / 8);
  });
  run();
  right.forEach(({ data }, k) => {
    const start = wanted[k] / 8;
    // the first number that is another
    expect([k, data.findIndex((value, i) => !Object.is(value, memory.numbers[start + i]))]).toEqual([k, -1]);
  });
}

/** A plan of f gives what the ops give, for other numbers than it was recorded for, and again. */
function holds(f: (...xs: Tensor[]) => readonly Tensor[], shapes: readonly (readonly number[])[]): void {
  const draw = (): Parameter[] => shapes.map((shape) => new Parameter(random.normal(shape).data, shape, "x"));
  const [first, ...others] = draw();
  const plan = planOfOther(f, first, others);
  for (let round = 0; round < 2; round++) {
    const xs = draw();
    compare(plan, f(...xs), xs);
  }
}

/** The value of f, and its gradients. */
function withGradients(f: (...xs: Tensor[]) => Variable): (...xs: Tensor[]) => readonly Tensor[] {
  return (...xs) => {
    const y = f(...xs);
    const loss = sum(mul(y, tanh(y)));
    return [y, ...noGrad(() => grad(loss, xs as Parameter[]))];
  };
}

describe("convolutions in a plan", () => {
  const cases: {
    images: number[];
    kernel: number[];
    stride?: number | [number, number];
    padding?: number | [number, number];
  }[] = [
    { images: [1, 1, 1, 1], kernel: [1, 1, 1, 1] },
    { images: [5, 2, 4, 4], kernel: [32, 2, 3, 3], padding: 1 },
    { images: [64, 3, 5, 4], kernel: [5, 3, 3, 3], padding: 1 },
    { images: [65, 32, 4, 4], kernel: [4, 32, 3, 3], padding: 1 },
    { images: [200, 4, 2, 2], kernel: [7, 4, 3, 3], padding: 1 },
    { images: [256, 32, 2, 2], kernel: [32, 32, 1, 1] },
    { images: [65, 3, 7, 6], kernel: [9, 3, 3, 2], stride: [2, 1], padding: [0, 1] },
    { images: [5, 2, 9, 9], kernel: [3, 2, 2, 2], stride: 3, padding: 0 },
    { images: [65, 1, 3, 3], kernel: [3, 1, 1, 1], stride: 1, padding: 2 },
    { images: [5, 70, 3, 3], kernel: [70, 70, 2, 2], padding: 1 },
    { images: [3, 300, 2, 3], kernel: [130, 300, 1, 1] },
    { images: [2, 3, 24, 24], kernel: [5, 3, 5, 5], padding: 2 },
    { images: [2, 3, 6, 6], kernel: [5, 3, 7, 7], padding: 3 },
  ];
  it.each(cases)(
    "$images by $kernel, stride $stride, padding $padding: as the ops, to the bit",
    ({ images, kernel, stride = 1, padding = 0 }) => {
      holds(
        withGradients((x, w) => conv2d(x, w, undefined, { stride, padding })),
        [images, kernel],
      );
    },
  );

  it("a net of them", () => {
    holds(
      withGradients((x, w1, b1, w2, b2, w3) => {
        const h1 = tanh(conv2d(x, w1, b1, { padding: 1 }));
        const h2 = tanh(conv2d(h1, w2, b2));
        return add(conv2d(h2, w3, undefined, { padding: 1 }), x);
      }),
      [[200, 3, 5, 5], [32, 3, 3, 3], [32], [33, 32, 1, 1], [33], [3, 33, 3, 3]],
    );
  });

  it("the same weights, of which one is infinite: NaN, as the zeros of the padding make it", () => {
    const weights = new Float64Array(9).fill(1);
    weights[0] = Number.POSITIVE_INFINITY;
    const x = new Parameter(new Float64Array(4).fill(1), [1, 1, 2, 2], "x");
    const w = new Parameter(weights, [1, 1, 3, 3], "w");
    const f = (): readonly Tensor[] => [sum(tanh(conv2d(x, w, undefined, { padding: 1 })))];
    const { result, events } = record(f);
    const plan = planOf(programOf(events, [x, w], result) as Program);
    if (plan === null) throw new Error("no plan");
    [x, w].forEach(({ data }, k) => {
      plan.memory.numbers.set(data, plan.given[k] / 8);
    });
    plan.run();
    expect(result[0].item()).toBeNaN();
    expect(plan.memory.numbers[plan.wanted[0] / 8]).toBeNaN();
  });
});

describe("sums in a plan", () => {
  it.each([
    { shape: [5, 3, 2, 2], axes: [0, 2, 3] },
    { shape: [65, 1, 3, 3], axes: [0, 2, 3] },
    { shape: [200, 4, 9, 9], axes: [0, 2, 3] },
    { shape: [256, 7, 1, 1], axes: [0, 2, 3] },
    { shape: [1, 7, 3, 5], axes: [0, 2, 3] },
    { shape: [3, 5, 65], axes: [2] },
    { shape: [3, 200], axes: [1] },
    { shape: [3, 4, 5], axes: [1] },
    { shape: [3, 4, 5], axes: [0, 2] },
    { shape: [6, 4, 70], axes: [1, 2] },
  ])("of $shape over $axes: as the op, to the bit", ({ shape, axes }) => {
    holds((x) => [sum(tanh(x), axes)], [shape]);
  });
});

describe("products of matrices in a plan", () => {
  const sizes = [
    [1, 1, 1],
    [5, 3, 2],
    [64, 8, 8],
    [4096, 4, 4],
    [65, 7, 300],
    [200, 9, 257],
    [33, 3, 513],
  ];
  it.each(sizes.flatMap(([M, N, K]) => (["NN", "NT", "TN"] as const).map((layout) => ({ M, N, K, layout }))))(
    "$M by $N, $K terms, $layout: as the op, to the bit",
    ({ M, N, K, layout }) => {
      const [a, b] = [layout === "TN" ? [K, M] : [M, K], layout === "NT" ? [N, K] : [K, N]];
      holds(
        withGradients((x, y) => matmul(x, y, layout)),
        [a, b],
      );
    },
  );
});

describe("moves in a plan", () => {
  it.each([
    { shape: [5, 4, 3, 2], axes: [0, 2, 3, 1] },
    { shape: [65, 3, 70], axes: [2, 0, 1] },
    { shape: [200, 1, 7], axes: [1, 2, 0] },
    { shape: [33, 65], axes: [1, 0] },
    { shape: [5, 3, 2, 2, 2, 2], axes: [0, 1, 3, 5, 2, 4] },
  ])("$shape permuted to $axes: as the op, to the bit", ({ shape, axes }) => {
    holds(
      withGradients((x) => permute(x, axes)),
      [shape],
    );
  });

  it("parts, their gradients, and margins", () => {
    const f = withGradients((x) => {
      const part = slice(x, [1, null], null, [null, null, -2]);
      return pad(
        part,
        [
          [1, 2],
          [0, 0],
          [3, 1],
        ],
        7,
      );
    });
    holds(f, [[5, 65, 7]]);
    holds(f, [[200, 3, 70]]);
  });

  it("chosen channels", () => {
    const f = withGradients((x) => concat([take(x, [2, 0, 1], 1), take(x, [1], 1)], 1));
    for (const shape of [
      [5, 3, 2, 2],
      [65, 3, 5, 5],
      [200, 3],
    ])
      holds(f, [shape]);
  });

  it("numbers for each channel, for each row, for each image", () => {
    const f = withGradients((x, channel, row, image) => mul(add(mul(x, channel), row), image));
    for (const [N, C, H, W] of [
      [5, 3, 2, 2],
      [65, 1, 3, 1],
      [200, 4, 1, 1],
    ]) {
      holds(f, [
        [N, C, H, W],
        [C, 1, 1],
        [C, H, W],
        [N, 1, 1, 1],
      ]);
    }
  });
});

describe("flows of images in a plan", () => {
  const hidden = [8, 6];
  const flows: Record<string, () => Flow> = {
    glow: () => glow({ channels: 1, height: 8, width: 8, levels: 2, steps: 2, hidden, random: new Random(1) }),
    "glow, QR": () =>
      glow({
        channels: 3,
        height: 4,
        width: 2,
        levels: 1,
        steps: 2,
        hidden,
        parametrization: "qr",
        random: new Random(1),
      }),
    imageRealNVP: () => realNVP({ dimensions: [1, 4, 4], layers: 2, levels: 1, hidden, random: new Random(1) }),
  };
  it.each(Object.keys(flows).flatMap((name) => [5, 65, 200].map((B) => ({ name, B }))))(
    "$name, $B images: loss and gradients as from the ops, to the bit",
    ({ name, B }) => {
      const flow = flows[name]();
      const shape = [B, ...flow.bijection.dataShape];
      const steps = train(flow, random.normal([300, ...flow.bijection.dataShape]), { random: new Random(2), steps: 3 });
      for (let i = 0; i < 3; i++) steps.next();
      const f = (x: Tensor): readonly Tensor[] => {
        const loss = forwardKL(flow, x);
        return [loss, ...noGrad(() => grad(loss, flow.parameters))];
      };
      const plan = planOfOther(f, random.normal(shape), flow.parameters);
      const x = random.normal(shape);
      compare(plan, f(x), [x, ...flow.parameters]);
    },
  );
});
