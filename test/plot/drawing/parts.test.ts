import { describe, expect, it } from "vitest";
import { densityColor, divergingColor, lchToRgb, positionColor, toHex } from "../../../src/plot/drawing/color.ts";
import { evenRows, robustRange, viewRange } from "../../../src/plot/drawing/columns.ts";
import { binsFor, histogram } from "../../../src/plot/drawing/histogram.ts";
import { shortened, textWidth, wrapped } from "../../../src/plot/drawing/lettering.ts";
import { line, thinned, valueRange } from "../../../src/plot/drawing/lineChart.ts";
import { equalScale, formatTick, linearScale, ticks } from "../../../src/plot/drawing/scales.ts";
import { type Place, simplified } from "../../../src/plot/drawing/simplify.ts";
import { element, escapeText } from "../../../src/plot/drawing/svg.ts";
import { Random } from "../../../src/tensor/random.ts";
import { Tensor } from "../../../src/tensor/tensor.ts";

describe("axes", () => {
  it("put ticks at round numbers, about as many as asked for", () => {
    expect(ticks([0, 1], 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([-4.4, 4.4], 3)).toEqual([-4, -2, 0, 2, 4]);
    expect(ticks([0.1, 0.30000000000000004], 3)).toEqual([0.1, 0.2, 0.3]);
    for (const [low, high] of [
      [0, 1600],
      [-1e-7, 3e-7],
      [1e9, 1e9 + 3],
      [-0.37, 12.9],
    ] as const) {
      const found = ticks([low, high], 4);
      expect(found.length).toBeGreaterThanOrEqual(2);
      expect(found.length).toBeLessThanOrEqual(8);
      expect(found.every((tick) => tick >= low - 1e-9 * (high - low) && tick <= high + 1e-9 * (high - low))).toBe(true);
    }
  });

  it("write numbers with a true minus sign", () => {
    expect([-2, 0, 0.5, 2e7].map(formatTick)).toEqual(["−2", "0", "0.5", "2e+7"]);
    expect(formatTick(-2e-5)).toBe("−2e−5");
  });

  it("map data to the box, y upwards, and widen what has no width", () => {
    const box = { x: 10, y: 20, width: 100, height: 50 };
    const scale = linearScale(box, [0, 10], [0, 1]);
    expect([scale.toX(5), scale.toY(0), scale.toY(1)]).toEqual([60, 70, 20]);
    expect(linearScale(box, [3, 3], [Number.NaN, 1])).toMatchObject({ x: [1.5, 4.5], y: [-1, 1] });
    const equal = equalScale(box, [0, 10], [0, 10]);
    expect(Math.abs(equal.toX(1) - equal.toX(0) - (equal.toY(0) - equal.toY(1))) <= 1e-12).toBe(true);
    expect(equal).toMatchObject({ x: [-5, 15], y: [0, 10] });
  });
});

describe("colours", () => {
  const luminance = ([r, g, b]: readonly number[]): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

  it("get darker with the density, from paper", () => {
    const ramp = Array.from({ length: 101 }, (_, k) => luminance(densityColor(k / 100)));
    for (let k = 1; k < ramp.length; k++) expect(ramp[k]).toBeLessThanOrEqual(ramp[k - 1]);
    expect(ramp[0]).toBeGreaterThan(245);
    expect(ramp[100]).toBeLessThan(70);
    expect(densityColor(-1)).toEqual(densityColor(0));
    expect(densityColor(2)).toEqual(densityColor(1));
  });

  it("get lighter from left to right where points started", () => {
    const ramp = Array.from({ length: 17 }, (_, k) => luminance(positionColor(k / 16, 0.5)));
    for (let k = 1; k < ramp.length; k++) expect(ramp[k]).toBeGreaterThan(ramp[k - 1]);
  });

  it("differ about 0 on both sides by as much, from exact white", () => {
    expect(toHex(divergingColor(0))).toBe("#ffffff");
    const lightness = Array.from({ length: 21 }, (_, k) =>
      [1, -1].map((sign) => luminance(divergingColor((sign * k) / 20))),
    );
    for (let k = 1; k <= 20; k++) {
      for (const side of [0, 1]) expect(lightness[k][side]).toBeLessThan(lightness[k - 1][side]);
      expect(Math.abs(lightness[k][0] - lightness[k][1])).toBeLessThan(18);
    }
    expect(divergingColor(2)).toEqual(divergingColor(1));
    const [red, , blue] = divergingColor(1);
    expect(red).toBeGreaterThan(blue);
  });

  it("know black, white and grey", () => {
    expect(toHex(lchToRgb({ lightness: 0, chroma: 0, hue: 0 }))).toBe("#000000");
    expect(toHex(lchToRgb({ lightness: 1, chroma: 0, hue: 0 }))).toBe("#ffffff");
    const [r, g, b] = lchToRgb({ lightness: 0.6, chroma: 0, hue: 1 });
    expect([g, b]).toEqual([r, r]);
  });
});

describe("lines", () => {
  const scale = linearScale({ x: 0, y: 0, width: 100, height: 100 }, [0, 1], [0, 1]);

  it("are clipped to their panel", () => {
    expect(
      line(
        [
          { step: 0, value: 5 },
          { step: 1, value: Number.NaN },
          { step: 1, value: 0.5 },
        ],
        scale,
        "#000",
        1,
      ),
    ).toContain('d="M0 0L100 50"');
    expect(line([], scale, "#000", 1)).toBe("");
  });

  it("leave outliers and huge first losses out of the range", () => {
    expect(robustRange(Float64Array.from([...Array.from({ length: 999 }, (_, i) => i / 998), 1e6]))[1]).toBeLessThan(
      1.2,
    );
    const [low, high] = valueRange([1e9, ...Array.from({ length: 99 }, (_, i) => i / 98)]);
    expect(low).toBeLessThan(0);
    expect(high).toBeLessThan(1.2);
    expect(valueRange([Number.NaN])).toEqual([0, 1]);
  });

  it("are thinned to means of neighbours", () => {
    const curve = Array.from({ length: 10 }, (_, i) => ({ step: i + 1, value: 2 * i }));
    expect(thinned(curve, 5)).toEqual([1, 3, 5, 7, 9].map((first, i) => ({ step: first + 0.5, value: 4 * i + 1 })));
    expect(thinned([], 5)).toEqual([]);
  });

  it("keep only places that are needed", () => {
    const straight = Array.from({ length: 9 }, (_, k): Place => [k, 2 * k]);
    expect(simplified(straight, 1e-9)).toEqual([straight[0], straight[8]]);
    const corner: Place[] = [[0, 0], [1, 0], [2, 0], [2, 1], [2, 2]]; // biome-ignore format: one line
    expect(simplified(corner, 0.1)).toEqual([[0, 0], [2, 0], [2, 2]]); // biome-ignore format: one line
    const loop: Place[] = [[0, 0], [3, 0], [3, 3], [0, 0]]; // biome-ignore format: one line
    expect(simplified(loop, 0.1)).toEqual(loop);
    const wave = Array.from({ length: 400 }, (_, k): Place => [k, 50 * Math.sin(k / 40)]);
    const few = simplified(wave, 0.5);
    expect(few.length).toBeLessThan(60);
    for (const [x, y] of wave) {
      const k = few.findIndex(([right]) => right >= x);
      const [[left, from], [right, to]] = [few[Math.max(0, k - 1)], few[k]];
      const between = right > left ? from + ((to - from) * (x - left)) / (right - left) : to;
      expect(Math.abs(y - between)).toBeLessThanOrEqual(0.5 * Math.sqrt(1 + (50 / 40) ** 2)); // no line is steeper
    }
    expect(simplified([[1, 1]], 1)).toEqual([[1, 1]]);
  });

  it("escape what XML must not see", () => {
    expect(escapeText('<a href="x">&\u0007</a>')).toBe("&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
    expect(escapeText("a\u0085\ud800b\uffff😀")).toBe("ab😀");
    expect(element("text", { x: 1.26, title: '"' }, "hi")).toBe('<text x="1.3" title="&quot;">hi</text>');
  });
});

describe("views", () => {
  it("hold nearly all of a sample, and nothing wild", () => {
    for (const N of [10, 30, 300, 3000]) {
      const values = new Random(N).normal([N]).data.slice();
      const [low, high] = viewRange(values);
      expect(values.filter((value) => value >= low && value <= high).length).toBeGreaterThanOrEqual(
        Math.floor(0.97 * N),
      );
      values[0] = 1e9;
      values[1] = Number.NaN;
      expect(viewRange(values)[1]).toBeLessThan(8);
    }
    expect(viewRange(new Float64Array(0))).toEqual([-1, 1]);
    expect(viewRange(Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1))).toEqual([-0.08, 1.08]);
  });

  it("take rows from everywhere, in order, and without a period", () => {
    const N = 10_000;
    const rows = evenRows(
      new Tensor(
        Float64Array.from({ length: N }, (_, i) => i),
        [N, 1],
      ),
      700,
    );
    expect(rows.shape[0]).toBeGreaterThan(690);
    expect(rows.shape[0]).toBeLessThanOrEqual(700);
    for (let i = 1; i < rows.shape[0]; i++) {
      expect(rows.data[i]).toBeGreaterThan(rows.data[i - 1]);
      expect(rows.data[i] - rows.data[i - 1]).toBeLessThanOrEqual(3 * (N / 700));
    }
    for (const period of [2, 3, 7, 12, 24]) {
      const counts = new Array<number>(period).fill(0);
      for (const row of rows.data) counts[row % period]++;
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(4 * Math.sqrt(700 / period)); // no more than by chance
    }
    const few = new Tensor(Float64Array.of(1, 2, 3), [3, 1]);
    expect(evenRows(few, 3)).toBe(few);
  });
});

describe("histograms", () => {
  it("have the shares of all values as areas", () => {
    const values = Float64Array.of(0.1, 0.2, 0.9, 3);
    expect(histogram(values, { start: 0, width: 0.5, count: 2 })).toEqual([
      [0, 0],
      [0, 1],
      [0.5, 1],
      [0.5, 0.5],
      [1, 0.5],
      [1, 0],
    ]);
    expect(histogram(new Float64Array(0), { start: 0, width: 1, count: 1 }).every(([, density]) => density === 0)).toBe(
      true,
    );
  });

  it("put rounded values between the edges of bins, equally many into each", () => {
    const values = Float64Array.from({ length: 600 }, (_, i) => 100 + 25 * (i % 60));
    const { start, width, count } = binsFor(values, [0, 1700]);
    expect(width % 25).toBe(0);
    expect(((start % 25) + 25) % 25).toBe(12.5);
    expect(start + width * count).toBeGreaterThan(1575);
    const fractions = new Random(1).uniform([400], 0, 1).data;
    expect(binsFor(fractions, [0, 1])).toEqual({ start: 0, width: 0.05, count: 20 });
  });
});

describe("lettering", () => {
  it("shortens to what fits, and not what fits", () => {
    expect(shortened("short", 12, 100)).toBe("short");
    const text = shortened("a name that is much too long", 12, 100);
    expect(text).toMatch(/^a name .*…$/);
    expect(textWidth(text, 12)).toBeLessThanOrEqual(100);
    expect(shortened("anything", 12, 0)).toBe("…");
    expect([...shortened("😀😀😀😀", 10, 35)]).toEqual(["😀", "😀", "…"]);
  });

  it("wraps at blanks, and loses nothing that has room", () => {
    const text = "one two three four five six seven";
    const lines = wrapped(text, 10, 80, 9);
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.join(" ")).toBe(text);
    for (const line of lines) expect(textWidth(line, 10)).toBeLessThanOrEqual(80);
    expect(wrapped(text, 10, 80, 2)[1]).toMatch(/…$/);
  });
});
