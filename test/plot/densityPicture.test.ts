import { deflateSync } from "node:zlib";
import {
  add,
  type DensityPanel,
  type DensityPictureContent,
  DomainError,
  densityPicture,
  diagonalNormal,
  full,
  LimitError,
  log,
  maximum,
  mul,
  Random,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { densityColor, divergingColor } from "../../src/plot/drawing/color.ts";
import { textWidth } from "../../src/plot/drawing/lettering.ts";
import { BLUE, ORANGE } from "../../src/plot/drawing/style.ts";
import { drawnIn, textsIn } from "../support/drawn.ts";
import { dotsIn, framesIn, imagesIn, type Pixel } from "../support/pixels.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

/** log N(x; μ, σ²I). */
const gaussian =
  (loc: number[], sigma = 0.5) =>
  (x: Tensor): Tensor =>
    diagonalNormal({ loc: tensor(loc), logScale: Math.log(sigma) }).logProb(x);

const plane = { title: "a title", x: [-2, 2], y: [-1, 1] } as const;
const draw = (...panels: DensityPanel[]): Promise<string> => densityPicture({ ...plane, panels }, deflateSync);
const grid = (changes: Partial<DensityPictureContent>): Promise<string> =>
  densityPicture({ ...plane, ...changes }, deflateSync);

/** How much of its range a colour stands for: the nearest of 1001. */
function shareOf(pixel: Pixel, color: (share: number) => readonly number[]): number {
  const distance = (share: number): number => Math.hypot(...color(share).map((value, k) => value - pixel[k]));
  const shares = Array.from({ length: 1001 }, (_, k) => k / 1000);
  return shares.reduce((best, next) => (distance(next) < distance(best) ? next : best));
}

/** The pixel of an image that holds a point of [−2, 2] × [−1, 1]. */
function pixelAt({ rows }: { rows: readonly (readonly Pixel[])[] }, x: number, y: number): Pixel {
  const [height, width] = [rows.length, rows[0].length];
  return rows[Math.floor(((1 - y) / 2) * height)][Math.floor(((x + 2) / 4) * width)];
}

describe("densityPicture", () => {
  it("paints the density where it is: darkest at the mean, at one deviation e^−½ of that", async () => {
    const svg = await draw({ title: "p", logProb: gaussian([1, 0.5]) });
    expectWellFormed(svg);
    expect(textsIn(svg)).toEqual(expect.arrayContaining(["a title", "p", "density p, 0 to 0.636"])); // 1/(2πσ²) = 0.6366
    const [image] = imagesIn(svg);
    expect(image.rows[0]).toHaveLength(128);
    expect(image.rows).toHaveLength(64);
    // cells have a side of 1/32: the centre of one is at most so far from a point
    expect(shareOf(pixelAt(image, 1, 0.5), densityColor)).toBeGreaterThan(0.99);
    for (const [x, y] of [
      [0.5, 0.5],
      [1.5, 0.5],
      [1, 0],
    ])
      expect(Math.abs(shareOf(pixelAt(image, x, y), densityColor) - Math.exp(-0.5))).toBeLessThan(0.03);
    expect(shareOf(pixelAt(image, -1.5, -0.5), densityColor)).toBeLessThan(0.001);
  });

  it("has the same ink for the same density along a row, or down a column", async () => {
    // one is a quarter as high as the other
    const [high, low] = [{ logProb: gaussian([0, 0], 0.3) }, { logProb: gaussian([0, 0], 0.6) }];
    const peaks = async (changes: Partial<DensityPictureContent>): Promise<number[]> =>
      imagesIn(await grid(changes)).map((image) => shareOf(pixelAt(image, 0, 0), densityColor));
    const close = (found: number[], wanted: number[]): void =>
      found.forEach((share, k) => {
        expect(Math.abs(share - wanted[k])).toBeLessThan(0.02);
      });
    close(await peaks({ panels: [high, low] }), [1, 0.25]);
    const rows = [
      { label: "above", panels: [high, high] },
      { label: "below", panels: [low, high] },
    ];
    close(await peaks({ rows }), [1, 1, 0.25, 1]);
    close(await peaks({ rows: [rows[0], { label: "below", panels: [low, low] }] }), [1, 1, 1, 1]);
    close(
      await peaks({ rows: [rows[0], { label: "below", panels: [low, low] }], compare: "column" }),
      [1, 1, 0.25, 0.25],
    );
    const words = textsIn(await grid({ rows, compare: "column" }));
    expect(words).toContain("density p, 0 to the largest density of the column");
  });

  it("takes the logarithm as ink, from so many nats below the largest on", async () => {
    const svg = await draw({ logProb: gaussian([0, 0]), nats: 8 });
    const [image] = imagesIn(svg);
    // log p falls by x²/(2·0.25): 2 nats at 1, which is a quarter of the range, 4.5 at 1.5
    expect(Math.abs(shareOf(pixelAt(image, 1, 0), densityColor) - 0.75)).toBeLessThan(0.02);
    expect(Math.abs(shareOf(pixelAt(image, 1.5, 0), densityColor) - 0.4375)).toBeLessThan(0.02);
    expect(textsIn(svg)).toContain("log p, −8.45 to −0.453 nats"); // log(1/(2πσ²)) = −0.4516, of the nearest cell −0.4526
  });

  it("shows a difference as signed: orange where the first is larger, blue where the second is, white where both agree", async () => {
    const [left, right] = [gaussian([-1, 0], 0.3), gaussian([1, 0], 0.3)];
    const [image] = imagesIn(await draw({ difference: [left, right] }));
    const share = (x: number, y: number): number =>
      shareOf(pixelAt(image, x, y), (each) => divergingColor(2 * each - 1));
    expect(share(-1, 0)).toBe(1);
    expect(share(1, 0)).toBe(0);
    // half of full colour where the density is a quarter of its peak: exp(−r²/(2·0.09)) = ¼
    expect(Math.abs(share(-1, 0.4995) - 0.75)).toBeLessThan(0.03);
    expect(Math.abs(share(1, -0.4995) - 0.25)).toBeLessThan(0.03);
    const [same] = imagesIn(await draw({ difference: [left, left] }));
    for (const pixel of same.rows.flat()) expect(pixel).toEqual([255, 255, 255]);
  });

  it("puts points where they are, data orange and samples blue, and leaves out those beyond", async () => {
    const data = tensor([
      [-2, -1],
      [0, 0],
      [3, 0],
      [Number.NaN, 0],
    ]);
    const svg = await draw({ data, samples: tensor([[2, 1]]) });
    const [{ x, y, width, height }] = framesIn(svg);
    expect(imagesIn(svg)).toEqual([]);
    expect(width / height).toBe(2); // square units
    const round = (place: number): number => Math.round(10 * place) / 10;
    expect(dotsIn(svg, ORANGE)).toEqual([
      [
        [x, y + height],
        [round(x + width / 2), round(y + height / 2)],
      ],
    ]);
    expect(dotsIn(svg, BLUE)).toEqual([[[x + width, y]]]);
  });

  it("stands rows below each other, with their labels, and numbers at the outer panels only", async () => {
    const points = { samples: new Random(1).normal([50, 2]) };
    const rows = [
      { label: "one", panels: [{ title: "A", ...points }, { title: "B", ...points }, points] },
      { label: "two & <three>", panels: [points, { title: "C", ...points }] },
    ];
    const svg = await grid({ rows, caption: "a caption" });
    expectWellFormed(svg);
    const frames = framesIn(svg);
    expect(frames).toHaveLength(5);
    expect(new Set(frames.map(({ width }) => width)).size).toBe(1);
    const below = (k: number): boolean => frames[k].y >= frames[0].y + frames[0].height + 16;
    expect([3, 4].every(below)).toBe(true);
    expect([frames[3].x, frames[4].x]).toEqual([frames[0].x, frames[1].x]);
    const texts = textsIn(svg);
    for (const text of ["A", "B", "C", "one", "two &amp; &lt;three&gt;", "a caption"]) expect(texts).toContain(text);
    // y has −1, 0, 1 twice, x has −2, 0, 2 below three panels
    expect(texts.filter((text) => text === "−1")).toHaveLength(2);
    expect(texts.filter((text) => text === "−2")).toHaveLength(3);
  });

  it("says what each ink means, in as many lines as it takes", async () => {
    const p = gaussian([0, 0]);
    const panels = [{ logProb: p }, { logProb: p, nats: 8 }, { difference: [p, p] as const }];
    const rows = ["one", "two"].map((label) => ({ label, panels }));
    const svg = await grid({ rows });
    const words = drawnIn(svg, "text").filter(({ text }) => text.includes("of the row"));
    expect(words.map(({ text }) => text)).toEqual([
      "density p, 0 to the largest density of the row",
      "log p, from 8 nats below the largest density of the row",
      "p − q, ± half of the largest density of the row",
    ]);
    const [height] = svg.match(/(?<= height=")[\d.]+/) ?? [];
    for (const { attributes, text } of words) {
      expect(Number(attributes.x) + textWidth(text, 12)).toBeLessThanOrEqual(976);
      expect(Number(attributes.y)).toBeLessThanOrEqual(Number(height) - 8);
    }
    expect(new Set(words.map(({ attributes: { x, y } }) => `${x} ${y}`)).size).toBe(3);
    const alone = textsIn(await grid({ panels }));
    for (const text of ["density p, 0 to 0.636", "log p, −8.45 to −0.453 nats", "p − q, −0.318 to 0.318"])
      expect(alone).toContain(text);
  });

  it("gives the same text for the same content, and packs with its own deflate on request", async () => {
    const content = { ...plane, panels: [{ logProb: gaussian([0, 0]) }] };
    const own = await densityPicture(content);
    expect(await densityPicture(content)).toBe(own);
    const pixels = (svg: string) => imagesIn(svg).map(({ rows }) => rows);
    expect(pixels(await densityPicture(content, async (bytes) => deflateSync(bytes)))).toEqual(pixels(own));
  });

  it("shows a signed field, white at 0, one scale for each name, and says where it is clipped", async () => {
    const x0 = (x: Tensor): Tensor => tensor(Array.from({ length: x.shape[0] }, (_, i) => x.at(i, 0)));
    const twice = (x: Tensor): Tensor => mul(x0(x), 2);
    const values = [x0, twice].map((field) => ({ values: field, valuesLabel: "a & b" }));
    const svg = await draw(...values);
    expectWellFormed(svg);
    expect(textsIn(svg).filter((text) => text.startsWith("a &amp; b"))).toEqual(["a &amp; b, ≤ −3.84 to ≥ 3.84"]); // 96 % of 2x, 98 % of both
    const [single, double] = imagesIn(svg);
    const share = (image: Parameters<typeof pixelAt>[0], x: number): number =>
      shareOf(pixelAt(image, x, 0), (each) => divergingColor(2 * each - 1));
    for (const x of [-1.5, -0.5, 0.5, 1.5]) {
      expect(Math.abs(share(single, x) - (0.5 + x / 7.68))).toBeLessThan(0.02);
      expect(Math.abs(share(double, x) - (0.5 + x / 3.84))).toBeLessThan(0.02);
    }
    const sign = { values: (x: Tensor): Tensor => tensor(x0(x).data.map(Math.sign)), valuesLabel: "sign" };
    expect(textsIn(await draw(sign))).toContain("sign, −1 to 1");
    const half = { values: (x: Tensor): Tensor => log(maximum(x0(x), 0)), valuesLabel: "log x" };
    const [image] = imagesIn(await draw(half));
    expect(pixelAt(image, -1, 0)).toEqual([217, 215, 208]); // RULE
  });

  it("names the axes at the outer panels", async () => {
    const panel = { samples: zeros([1, 2]) };
    const rows = ["one", "two"].map((label) => ({ label, panels: [panel, panel] }));
    const svg = await grid({ rows, axes: ["a", "b"] });
    const placed = (text: string) => drawnIn(svg, "text").filter((drawn) => drawn.text === text).map(({ attributes }) => Number(attributes.x)); // biome-ignore format: one line
    expect([placed("a").length, placed("b").length]).toEqual([2, 2]);
    expect(placed("b")[0] - placed("one")[0]).toBe(16);
    expect(textsIn(svg).filter((text) => text === "one")).toHaveLength(1);
  });

  it("draws 10,000 of more points, and says so", async () => {
    const samples = zeros([30_000, 2]);
    const svg = await draw({ samples });
    expect(dotsIn(svg, BLUE).flat().length).toBeLessThanOrEqual(10_000);
    expect(dotsIn(svg, BLUE).flat().length).toBeGreaterThan(9_900);
    expect(textsIn(svg)).toContain("10000 of 30000 points as dots");
    expect(textsIn(await draw({ samples: zeros([10_000, 2]) })).join()).not.toContain("as dots");
  });

  it("refuses log-densities that say nothing, or whose exp is not finite", async () => {
    const constant =
      (value: number) =>
      (x: Tensor): Tensor =>
        full([x.shape[0]], value);
    const said = (panel: DensityPanel, message: string): Promise<void> =>
      expect(draw(panel)).rejects.toThrow(new DomainError(`densityPicture: ${message}`));
    await said({ logProb: constant(Number.NaN) }, "log p is NaN everywhere");
    await said({ difference: [constant(0), constant(Number.NaN)] }, "log p is NaN everywhere");
    const large = (x: Tensor): Tensor => add(gaussian([0, 0])(x), 1000);
    await expect(draw({ logProb: large })).rejects.toThrow("p = exp(log p) must be finite; got a log p of 999.5");
    const nowhere = constant(Number.NEGATIVE_INFINITY);
    await said({ logProb: nowhere, nats: 3 }, "nats are below the largest log p; got a p that is 0 everywhere");
    await said({ values: nowhere, valuesLabel: "" }, "values must be finite somewhere; got -Infinity");
  });

  it("draws densities that are nowhere", async () => {
    const nowhere = (x: Tensor): Tensor => full([x.shape[0]], Number.NEGATIVE_INFINITY);
    for (const panel of [{ logProb: nowhere }, { difference: [nowhere, nowhere] as const }])
      expectWellFormed(await draw(panel));
  });

  it("refuses what cannot be drawn", async () => {
    const refused = async (
      made: Promise<string>,
      error: typeof DomainError | typeof ShapeError | typeof LimitError,
      message: string,
    ) => {
      await expect(made).rejects.toThrow(error);
      await expect(made).rejects.toThrow(message);
    };
    const p = gaussian([0, 0]);
    await refused(grid({}), DomainError, "densityPicture: takes panels or rows; got neither");
    await refused(grid({ panels: [] }), DomainError, "densityPicture: panels must have at least one; got none");
    await refused(
      draw({ title: "a" }),
      DomainError,
      "panels[0] must show something; got none of logProb, difference, values, data, samples",
    );
    await refused(
      draw({ logProb: p, difference: [p, p] }),
      DomainError,
      "shows a density, a difference or values; got logProb and difference",
    );
    await refused(draw({ values: p }), DomainError, "panels[0].valuesLabel must be a text; got undefined");
    await refused(grid({ panels: [{ logProb: p }], axes: ["a"] as never }), DomainError, "axes are two names");
    await refused(
      draw(...new Array(9).fill({ samples: zeros([1, 2]) })),
      LimitError,
      "densityPicture: panels must be at most 8; got 9",
    );
    await refused(grid({ panels: [{ logProb: p }], x: [0, 1, 2] as never }), DomainError, "x must be [low, high]");
    await refused(
      draw({ samples: zeros([2, 3]) }),
      ShapeError,
      "densityPicture: panels[0].samples must be [N,2]; got [2,3]",
    );
    await refused(
      draw({ logProb: () => zeros([3]) }),
      ShapeError,
      "densityPicture: logProb must give [8192], a number for each point; got [3]",
    );
    await refused(
      grid({ panels: [{ logProb: p }], x: [1, 1] }),
      DomainError,
      "x must be [low, high], finite, low < high",
    );
    await refused(
      grid({ panels: [{ logProb: p }], compare: "none" as never }),
      DomainError,
      'compare must be "row" or "column"; got "none"',
    );
    await refused(draw({ logProb: p, color: 1 } as never), DomainError, 'densityPicture: unknown option "color"');
  });
});
