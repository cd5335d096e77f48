import { deflateSync } from "node:zlib";
import {
  DomainError,
  type FlowPictureContent,
  flowPicture,
  pictureOf,
  Random,
  realNVP,
  ShapeError,
  Tensor,
  tensor,
  twoMoons,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { expectWellFormed } from "../support/wellFormed.ts";

const moons = twoMoons();
const flow = realNVP({ dimensions: 2, layers: 4, hidden: [4], random: new Random(1) });

/** A whole content, with changes. */
function contentOf(changes: Partial<FlowPictureContent> = {}): FlowPictureContent {
  return { ...whole, ...changes };
}

const whole: FlowPictureContent = makeContent();

function makeContent(): FlowPictureContent {
  const curve = {
    train: [
      { step: 1, value: 9 },
      { step: 2, value: 3 },
    ],
    validation: [{ step: 2, value: 3.1 }],
    unit: "negative log-likelihood, nats",
    reference: { value: 2.4, label: "exact optimum" },
  };
  return pictureOf(flow, {
    title: "a title",
    caption: "a caption",
    data: moons.sample(300, new Random(2)),
    exact: moons,
    random: new Random(3),
    axes: ["x₁", "x₂"],
    curve,
  });
}

describe("flowPicture", () => {
  it("is one well-formed SVG that refers to nothing outside", async () => {
    const svg = await flowPicture(contentOf(), deflateSync);
    expectWellFormed(svg);
    expect(svg).toContain("<title>a title</title>");
    expect(svg.match(/href="data:image\/png;base64,/g)).toHaveLength(2);
    expect(svg.length).toBeLessThan(400_000);
    for (const text of [
      "a title",
      "a caption",
      "after 2 of 9 layers",
      "exact density",
      "samples",
      "exact optimum",
      "x₂",
    ]) {
      expect(svg).toContain(`>${text}</text>`);
    }
  });

  it("gives the same text for the same content, and takes an asynchronous deflate", async () => {
    const first = await flowPicture(contentOf(), deflateSync);
    expect(await flowPicture(contentOf(), async (bytes) => deflateSync(bytes))).toBe(first);
  });

  it("shows real data without an exact density", async () => {
    const { exact: _, ...rest } = contentOf();
    const svg = await flowPicture(rest, deflateSync);
    expectWellFormed(svg);
    expect(svg).not.toContain("exact density");
  });

  it("escapes the names of columns", async () => {
    const svg = await flowPicture(contentOf({ axes: ['a<b & "c"', "d\u0000>"], title: "<script>" }), deflateSync);
    expectWellFormed(svg);
    expect(svg).toContain(">a&lt;b &amp; &quot;c&quot;</text>");
    expect(svg).toContain(">&lt;script&gt;</text>");
  });

  it("draws what there is of degenerate content", async () => {
    const one = tensor([[1, 1]]);
    const none = new Tensor(new Float64Array(0), [0, 2]);
    const wild = tensor([
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 2],
      [1e300, -1e300],
      [0, 0],
    ]);
    const empty = { train: [], validation: [], unit: "nats" };
    const bad = { train: [{ step: 1, value: Number.NaN }], validation: [{ step: 1, value: Number.NaN }], unit: "nats" };
    for (const points of [one, none, wild]) {
      const steps = ["x", "z"].map((label) => ({ label, points }));
      for (const curve of [empty, bad]) {
        expectWellFormed(await flowPicture(contentOf({ steps, data: points, samples: points, curve }), deflateSync));
      }
    }
    const flat = {
      logDensity: new Float64Array(4).fill(Number.NEGATIVE_INFINITY),
      columns: 2,
      rows: 2,
      x: [0, 0],
      y: [1, 1],
    } as const;
    expectWellFormed(await flowPicture(contentOf({ learned: flat, exact: flat }), deflateSync));
  });

  it("refuses points of another shape, and too few steps", async () => {
    const samples = new Tensor(new Float64Array(15), [5, 3]);
    await expect(flowPicture(contentOf({ samples }), deflateSync)).rejects.toThrow(
      "flowPicture: samples must be [N,2]; got [5,3]",
    );
    await expect(flowPicture(contentOf({ samples }), deflateSync)).rejects.toThrow(ShapeError);
    await expect(flowPicture(contentOf({ steps: [] }), deflateSync)).rejects.toThrow(DomainError);
  });
});

describe("pictureOf", () => {
  it("follows points through each quarter of the layers, and puts the grid around the data", () => {
    const { steps, learned, samples } = contentOf();
    expect(steps.map(({ label }) => label)).toEqual([
      "x",
      "after 2 of 9 layers",
      "after 5 of 9 layers",
      "after 7 of 9 layers",
      "z",
    ]);
    expect(steps[4].points.toArray()).toEqual(flow.toLatent(steps[0].points).toArray());
    expect(learned.columns).toBe(128);
    expect(learned.logDensity).toHaveLength(learned.rows * learned.columns);
    expect(samples.shape).toEqual([1200, 2]);
    // row 0 is the lowest: its first cell lies in the lower left corner
    const cell = [
      learned.x[0] + (0.5 / 128) * (learned.x[1] - learned.x[0]),
      learned.y[0] + (0.5 / learned.rows) * (learned.y[1] - learned.y[0]),
    ];
    expect(learned.logDensity[0]).toBe(flow.logProb(tensor([cell])).item());
  });

  it("refuses data that is not two-dimensional", () => {
    const data = new Tensor(new Float64Array(6), [2, 3]);
    const rest = {
      title: "",
      caption: "",
      random: new Random(1),
      axes: ["a", "b"] as const,
      curve: { train: [], validation: [], unit: "" },
    };
    expect(() => pictureOf(flow, { ...rest, data })).toThrow("pictureOf: data must be [N,2]; got [2,3]");
  });
});
