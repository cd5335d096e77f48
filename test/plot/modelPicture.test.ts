import {
  compose,
  DomainError,
  diagonalBase,
  elementwiseAffine,
  elementwiseSpline,
  Flow,
  logitFlow,
  type ModelPictureOptions,
  maf,
  modelPicture,
  Random,
  realNVP,
  ShapeError,
  sigmoidFlow,
  standardization,
  standardNormal,
  Tensor,
  tensor,
  uniform,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { BLUE, ORANGE } from "../../src/plot/drawing/style.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

/** N(mean, deviation²) in each of D columns, as a flow. */
function gaussian(D: number, mean = 0, deviation = 1): Flow {
  const [low, high] = [mean - deviation, mean + deviation].map((value) => new Array<number>(D).fill(value));
  return new Flow(standardNormal([D]), standardization(tensor([low, high])));
}

const normal = (N: number, D: number, seed = 2): Tensor => new Random(seed).normal([N, D]);
const names = (D: number): string[] => Array.from({ length: D }, (_, j) => `column ${j}`);

/** The picture of a flow of D columns, with a seed of its own. */
function draw(flow: Flow, options: Partial<ModelPictureOptions> = {}): Promise<string> {
  const [D] = flow.bijection.dataShape;
  return modelPicture(flow, { title: "a model", names: names(D), random: new Random(1), ...options });
}

/** The dots of one colour: a list for each path of them. */
function dotsOf(svg: string, color: string): [number, number][][] {
  return [...svg.matchAll(/<path d="((?:M[\d.-]+ [\d.-]+h0)+)" stroke="(#\w+)"/g)]
    .filter(([, , stroke]) => stroke === color)
    .map(([, d]) => [...d.matchAll(/M([\d.-]+) ([\d.-]+)h0/g)].map(([, x, y]): [number, number] => [+x, +y]));
}

/** The panels: x, y, width and height of each frame. */
function framesOf(svg: string): number[][] {
  return [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="none"/g)].map(
    ([, ...numbers]) => numbers.map(Number),
  );
}

/** The corners of the areas of one colour. */
function areasOf(svg: string, color: string): [number, number][][] {
  return [...svg.matchAll(/<path d="M([^"]+)" fill="(#\w+)" fill-opacity/g)]
    .filter(([, , fill]) => fill === color)
    .map(([, d]) => d.split("L").map((place) => place.split(" ").map(Number) as [number, number]));
}

const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

/** The least squares line through places: b of y = a + b·x, and the largest residual. */
function throughPlaces(xs: readonly number[], ys: readonly number[]): { slope: number; residual: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const slope =
    xs.reduce((s, x, i) => s + (x - mx) * (ys[i] - my), 0) / xs.reduce((s, x) => s + (x - mx) * (x - mx), 0);
  return { slope, residual: Math.max(...xs.map((x, i) => Math.abs(ys[i] - my - slope * (x - mx)))) };
}

describe("modelPicture", () => {
  it.each([1, 2, 3, 8, 64])(
    "of %i columns is one well-formed SVG below 1 MB, the same for the same seed",
    async (D) => {
      const data = normal(500, D);
      const flow = D === 1 ? gaussian(1) : realNVP({ dimensions: D, layers: 2, hidden: [4], random: new Random(3) });
      const svg = await draw(flow, { data });
      expectWellFormed(svg);
      expect(svg.length).toBeLessThan(1_000_000);
      expect(await draw(flow, { data })).toBe(svg);
      if (D > 1) expect(await draw(flow, { data, random: new Random(2) })).not.toBe(svg);
      expect(svg).toContain("<title>a model</title><desc>");
      expect(svg).toContain("beside 500 rows of data");
    },
  );

  it.each([1, 2, 3, 9])("of %i columns does with no data, no rows, one row, equal rows and wild ones", async (D) => {
    const flow = gaussian(D);
    const wild = normal(30, D).toArray() as number[][];
    wild[0].fill(1e300);
    wild[1].fill(-1e300);
    wild[2][0] = Number.NaN;
    wild[3][0] = Number.NEGATIVE_INFINITY;
    const all = [
      undefined,
      normal(0, D),
      normal(1, D),
      new Tensor(new Float64Array(50 * D).fill(7), [50, D]),
      tensor(wild),
    ];
    for (const data of all) expectWellFormed(await draw(flow, data === undefined ? {} : { data }));
    expect(texts(await draw(flow, { data: tensor(wild) })).join()).toContain(
      "2 rows of data left out, not finite · beyond the axes: 2 of 28 rows of data",
    );
    expect(await draw(flow, { data: normal(0, D) })).toBe(await draw(flow));
  });

  it("escapes names and shortens what is too long", async () => {
    const long = "a very long name ".repeat(20).trim();
    for (const D of [1, 2, 3]) {
      const columns = ['a<b & "c"', long, "d\u0000\uffff>"].slice(0, D);
      const svg = await draw(gaussian(D), { names: columns, title: `<script>${long}`, caption: "<i>" });
      expectWellFormed(svg);
      expect(texts(svg)).toContain("a&lt;b &amp; &quot;c&quot;");
      expect(texts(svg)).toContain("&lt;i&gt;");
      expect(svg).toContain(`<title>&lt;script&gt;${long}</title>`);
      const shown = texts(svg).filter((text) => text.startsWith("a very"));
      expect(shown.every((text) => text.endsWith("…"))).toBe(true);
      expect(shown).toHaveLength([0, 1, 2][D - 1]);
      if (D > 1) expect(svg.match(/<desc>[^<]*/)?.[0]).toContain(long);
    }
  });

  it("wraps a long caption, and makes room for its lines", async () => {
    const caption = "one fact and another · ".repeat(8).trim();
    const svg = await draw(gaussian(1), { caption });
    const lines = texts(svg).filter((text) => text.includes("fact"));
    expect(lines).toHaveLength(2);
    expect(lines.join(" ")).toBe(caption);
    expect(framesOf(svg)[0][1] - framesOf(await draw(gaussian(1)))[0][1]).toBe(36);
  });

  it("shows what is given to a flow with a context", async () => {
    const flow = realNVP({ dimensions: 2, layers: 2, hidden: [4], context: 1, random: new Random(3) });
    const svg = await draw(flow, { context: tensor([[0.5]]), contextLabel: "year < 1999" });
    expectWellFormed(svg);
    expect(texts(svg)[1]).toMatch(/^given year &lt; 1999/);
    expect(await draw(flow, { context: tensor([[0.6]]), contextLabel: "year < 1999" })).toBe(svg); // its nets start at 0
    const one = maf({ dimensions: 1, layers: 2, hidden: [4], context: 1, random: new Random(3) });
    expectWellFormed(await draw(one, { context: tensor([[0.5]]), data: normal(40, 1) }));
  });

  it("leaves out what the flow refuses: points beyond its domain", async () => {
    for (const D of [1, 2, 3]) {
      const flow = new Flow(standardNormal([D]), compose(logitFlow({ dimensions: D })));
      const data = tensor(
        (new Random(1).uniform([100, D]).toArray() as number[][]).map((row, i) => (i > 0 ? row : row.fill(1.04))),
      );
      const svg = await draw(flow, { data });
      expectWellFormed(svg);
      // its row in the scatter plots, but not on its way through the layers
      if (D === 2) expect(dotsOf(svg, ORANGE).flat()).toHaveLength(100);
    }
  });

  it("refuses what cannot be drawn", async () => {
    const flow = gaussian(2);
    const conditional = realNVP({ dimensions: 2, layers: 1, hidden: [2], context: 3, random: new Random(3) });
    const refused = async (made: Promise<string>, error: typeof DomainError | typeof ShapeError, message: string) => {
      await expect(made).rejects.toThrow(error);
      await expect(made).rejects.toThrow(message);
    };
    await refused(draw(flow, { data: normal(5, 3) }), ShapeError, "modelPicture: data must be [N,2]; got [5,3]");
    await refused(draw(flow, { names: ["a"] }), DomainError, "modelPicture: names are those of the 2 columns; got 1");
    await refused(draw(flow, { names: ["a", 3] as never }), DomainError, "the name of a column must be a text; got 3");
    await refused(draw(conditional), ShapeError, "modelPicture: the flow needs a context [1,3]; got none");
    await refused(draw(conditional, { context: normal(2, 3) }), ShapeError, "context must be [1,3]; got [2,3]");
    await refused(draw(flow, { context: normal(1, 3) }), ShapeError, "the flow takes no context; got [1,3]");
    await refused(draw(flow, { colour: 1 } as never), DomainError, 'modelPicture: unknown option "colour"');
    const image = new Flow(standardNormal([1, 2, 2]), elementwiseAffine({ dimensions: [1, 2, 2] }));
    await refused(draw(image), ShapeError, "modelPicture: the flow must go from [D] to [D]; got [1,2,2] → [1,2,2]");
  });
});

describe("the picture of one column", () => {
  it("has the density, whose area is 1, over a histogram of area 1", async () => {
    const svg = await draw(gaussian(1, 10, 2), {
      data: new Tensor(
        normal(3000, 1).data.map((z) => 10 + 2 * z),
        [3000, 1],
      ),
    });
    const [frame] = framesOf(svg);
    const curve = [...svg.matchAll(new RegExp(`<path d="M([^"]+)" fill="none" stroke="${BLUE}"`, "g"))][0][1];
    const heights = curve.split("L").map((place) => place.split(" ").map(Number));
    const under = (corners: readonly (readonly number[])[]): number =>
      corners.slice(1).reduce((sum, [x, y], i) => {
        const [before, up] = corners[i];
        return sum + (x - before) * (frame[1] + frame[3] - (y + up) / 2);
      }, 0);
    const [bars] = areasOf(svg, ORANGE);
    // both lack less than 1 % beyond the axes; places are rounded to a tenth of a pixel, and the curve has 801 of them
    expect(Math.abs(under(bars) / under(heights) - 1)).toBeLessThan(0.02);
    // p is at its largest at the mean, and exp(−1/2) of that one deviation away
    const scale = xScaleOf(svg, frame);
    const heightAt = (value: number): number => {
      const x = frame[0] + (value - scale[0]) * scale[1];
      const near = heights.reduce((a, b) => (Math.abs(b[0] - x) < Math.abs(a[0] - x) ? b : a));
      return frame[1] + frame[3] - near[1];
    };
    expect(Math.abs(heightAt(12) / heightAt(10) - Math.exp(-0.5))).toBeLessThan(0.01);
    expect(Math.abs(heightAt(8) / heightAt(10) - Math.exp(-0.5))).toBeLessThan(0.01);
  });

  it("cuts a peak that is far above the data, and says how high it is", async () => {
    const svg = await draw(gaussian(1, 0, 0.001), { data: normal(1000, 1) });
    expect(texts(svg).some((text) => /up to 39\d/.test(text))).toBe(true);
    expect(texts(await draw(gaussian(1), { data: normal(1000, 1) })).some((text) => text.includes("up to"))).toBe(
      false,
    );
  });

  it("draws the map as a line through the points, of an affine flow straight", async () => {
    const svg = await draw(gaussian(1, 3, 2), { data: tensor([[1], [3], [5]]) });
    const [, map] = framesOf(svg);
    const points = [...svg.matchAll(/<path d="((?:M[\d.]+ [\d.]+h0)+)"/g)].flatMap(([, d]) =>
      [...d.matchAll(/M([\d.]+) ([\d.]+)h0/g)].map(([, x, y]) => [+x, +y]),
    );
    expect(points).toHaveLength(3);
    // z = −1, 0, 1 on an axis from −4 to 4
    points.forEach(([, y], i) => {
      expect(Math.abs(y - (map[1] + (map[3] * (5 - i)) / 8))).toBeLessThan(0.06);
    });
    const { residual } = throughPlaces(
      points.map(([x]) => x),
      points.map(([, y]) => y),
    );
    expect(residual).toBeLessThan(0.11);
  });

  it("knows bases that are not N(0, 1)", async () => {
    const random = new Random(1);
    const flow = new Flow(
      uniform({ low: tensor([0]), high: tensor([1]) }),
      compose(
        logitFlow({ dimensions: 1 }),
        elementwiseSpline({ dimensions: 1, bins: 4 }),
        sigmoidFlow({ dimensions: 1 }),
      ),
    );
    expectWellFormed(await draw(flow, { data: random.uniform([50, 1]) }));
    expectWellFormed(await draw(maf({ dimensions: 1, layers: 1, hidden: [2], base: diagonalBase(), random })));
  });
});

/** The value at the left edge of a panel, and pixels per unit, from two numbers at the ticks below it. */
function xScaleOf(svg: string, [left, top, , height]: readonly number[]): [number, number] {
  const below = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" font-size="12"[^>]*>([−\d.]+)<\/text>/g)]
    .filter(([, , y]) => Math.abs(Number(y) - top - height - 17) < 0.11)
    .map(([, x, , text]) => [Number(x), Number(text.replace("−", "-"))]);
  const [[x0, v0], [x1, v1]] = [below[0], below[below.length - 1]];
  const perUnit = (x1 - x0) / (v1 - v0);
  return [v0 + (left - x0) / perUnit, perUnit];
}

describe("the picture of two columns", () => {
  it("draws each row of data once, and where it belongs", async () => {
    const data = normal(200, 2);
    const svg = await draw(gaussian(2), { data });
    const [dots] = dotsOf(svg, ORANGE);
    const outside = Number(
      texts(svg)
        .join()
        .match(/beyond the axes: (\d+) of 200 rows/)?.[1] ?? 0,
    );
    expect(dots).toHaveLength(200 - outside);
    if (outside === 0) {
      const { slope, residual } = throughPlaces(
        Array.from(data.data).filter((_, i) => i % 2 === 0),
        dots.map(([x]) => x),
      );
      expect(slope).toBeGreaterThan(0);
      expect(residual).toBeLessThan(0.11);
    }
  });

  it("is not squeezed by a wild row, however few the rows are", async () => {
    for (const N of [10, 100, 1000]) {
      const data = normal(N, 2).data.slice();
      const tame = await draw(gaussian(2), { data: new Tensor(data.slice(2), [N - 1, 2]) });
      data[0] = 1e6;
      const wild = await draw(gaussian(2), { data: new Tensor(data, [N, 2]) });
      const spread = (svg: string): number => {
        const xs = dotsOf(svg, ORANGE)[0].map(([x]) => x);
        return Math.max(...xs) - Math.min(...xs);
      };
      expect(spread(wild)).toBeGreaterThan(0.7 * spread(tame));
      expect(texts(wild).join()).toMatch(new RegExp(`beyond the axes: \\d+ of ${N} rows of data`));
    }
  });

  it("is not squeezed by samples that are far from the data", async () => {
    const data = normal(300, 2);
    const svg = await draw(gaussian(2, 0, 1000), { data });
    const xs = dotsOf(svg, ORANGE)[0].map(([x]) => x);
    expect(Math.max(...xs) - Math.min(...xs)).toBeGreaterThan(0.25 * framesOf(svg)[2][2]);
    expect(
      Number(
        texts(svg)
          .join()
          .match(/(\d+) of 4000 samples/)?.[1],
      ),
    ).toBeGreaterThan(3900);
  });

  it("has circles around z where that is to be N(0, I)", async () => {
    const circles = async (flow: Flow): Promise<number> => (await draw(flow)).match(/<circle/g)?.length ?? 0;
    const based = { dimensions: 2, layers: 1, hidden: [2], random: new Random(1) };
    expect(await circles(realNVP(based))).toBe(3);
    expect(await circles(realNVP({ ...based, base: diagonalBase() }))).toBe(0);
  });

  it("says of how many rows dots are drawn, from all of the table", async () => {
    const N = 5000;
    // sorted by the first column, with a period of five in the second
    const data = new Tensor(
      Float64Array.from({ length: 2 * N }, (_, k) => (k % 2 === 0 ? k / N - 1 : ((k >> 1) % 5) - 2)),
      [N, 2],
    );
    const svg = await draw(gaussian(2), { data });
    const count = Number(
      texts(svg)
        .join()
        .match(/(\d+) of 5000 rows as dots/)?.[1],
    );
    expect(count).toBeGreaterThan(780);
    expect(count).toBeLessThanOrEqual(800);
    const [dots] = dotsOf(svg, ORANGE);
    const rows = new Map<number, number>();
    for (const [, y] of dots) rows.set(y, (rows.get(y) ?? 0) + 1);
    expect(rows.size).toBe(5);
    for (const number of rows.values()) expect(Math.abs(number - count / 5)).toBeLessThan(0.1 * count);
  });

  it("shows no stage of the layers twice", async () => {
    const labels = async (K: number): Promise<string[]> => {
      const flow = new Flow(
        standardNormal([2]),
        compose(...Array.from({ length: K }, () => elementwiseAffine({ dimensions: 2 }))),
      );
      return texts(await draw(flow)).filter((text) => /^(x|z|after .*)$/.test(text));
    };
    expect(await labels(1)).toEqual(["x", "z"]);
    expect(await labels(2)).toEqual(["x", "after 1 of 2 layers", "z"]);
    expect(await labels(9)).toHaveLength(5);
  });
});

describe("the picture of more columns", () => {
  it("has a panel for each column and each pair, data and as many samples in them", async () => {
    const svg = await draw(gaussian(4), { data: normal(300, 4) });
    const frames = framesOf(svg);
    expect(frames).toHaveLength(10 + 2); // one layer: x and z
    expect(new Set(frames.slice(0, 10).map(([, , width]) => width)).size).toBe(1);
    expect(areasOf(svg, ORANGE)).toHaveLength(4);
    const [blue, orange] = [dotsOf(svg, BLUE), dotsOf(svg, ORANGE)];
    expect([blue.length, orange.length]).toEqual([6, 6]);
    for (const dots of [...blue, ...orange]) {
      expect(dots.length).toBeGreaterThan(285);
      expect(dots.length).toBeLessThanOrEqual(300);
    }
    for (let j = 0; j < 4; j++)
      expect(texts(svg).filter((text) => text === `column ${j}`)).toHaveLength(j === 0 ? 1 : 2);
  });

  it("puts the columns of a pair on their axes", async () => {
    const t = Array.from({ length: 50 }, (_, i) => i / 49);
    const columns = [t, t.map((value) => value * value), t.map((value) => (1 - value) * (1 - value))];
    const svg = await draw(gaussian(3), { data: tensor(t.map((_, i) => columns.map((values) => values[i]))) });
    const panels = dotsOf(svg, ORANGE);
    expect(panels.map(({ length }) => length)).toEqual([50, 50, 50]);
    [
      [0, 1],
      [0, 2],
      [1, 2],
    ].forEach(([across, up], k) => {
      const xs = throughPlaces(
        columns[across],
        panels[k].map(([x]) => x),
      );
      const ys = throughPlaces(
        columns[up],
        panels[k].map(([, y]) => y),
      );
      expect(xs.slope).toBeGreaterThan(0);
      expect(ys.slope).toBeLessThan(0); // y grows downwards
      // places are rounded to a tenth of a pixel
      expect(xs.residual).toBeLessThan(0.11);
      expect(ys.residual).toBeLessThan(0.11);
    });
  });

  it("shows the first eight of many columns, and says so", async () => {
    const svg = await draw(gaussian(64), { data: normal(100, 64) });
    expect(framesOf(svg)).toHaveLength(36 + 2); // one layer: x and z
    expect(texts(svg).join()).toContain("the first 8 of 64 columns");
    expect(svg).not.toContain("column 8");
  });

  it("gives each bin equally many of the values that a rounded column has", async () => {
    const data = tensor(Array.from({ length: 370 }, (_, i) => [i % 37, (i * 7) % 37, (i * 11) % 37]));
    const svg = await draw(gaussian(3, 18, 10), { data });
    for (const corners of areasOf(svg, ORANGE)) {
      const heights = new Set(corners.map(([, y]) => y));
      // the ground, full bins, and the last one, which may lack values
      expect(heights.size).toBeLessThanOrEqual(3);
    }
  });
});
