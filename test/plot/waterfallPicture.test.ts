import {
  compose,
  DomainError,
  elementwiseAffine,
  Flow,
  logitFlow,
  Random,
  realNVP,
  reverse,
  ShapeError,
  standardNormal,
  tensor,
  waterfallPicture,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { textWidth } from "../../src/plot/drawing/lettering.ts";
import { BLUE, FAINT, INK, ORANGE } from "../../src/plot/drawing/style.ts";
import { drawnIn, textsIn } from "../support/drawn.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";
import { expectWellFormed } from "../support/wellFormed.ts";

/** z = x/σ of two coordinates: log|det J| = −2 log σ. */
function scaling(sigma: number) {
  const layer = elementwiseAffine({ dimensions: 2 });
  layer.parameters[1].assign(tensor([Math.log(sigma), Math.log(sigma)]));
  return layer;
}

/** x, width and colour of each bar, from the top. */
function barsOf(svg: string): { left: number; right: number; fill: string }[] {
  return drawnIn(svg, "rect", { height: "17" }).map(({ attributes: { x, width, fill } }) => ({
    left: Number(x),
    right: Number(x) + Number(width),
    fill,
  }));
}

/** Pixels per nat, and where 0 is, by the numbers below the axis. */
function scaleOf(svg: string): { zero: number; perNat: number } {
  const numbers = drawnIn(svg, "text", { "text-anchor": "middle", "font-size": "12" }).map(({ attributes, text }) => [
    Number(text.replace("−", "-")),
    Number(attributes.x),
  ]);
  const [[a, xa], [b, xb]] = [numbers[0], numbers[numbers.length - 1]];
  const perNat = (xb - xa) / (b - a);
  return { zero: xa - a * perNat, perNat };
}

describe("waterfallPicture", () => {
  it("has the terms by hand: −log 2π − |z|²/2, then −2 log σ of each layer, and their sum", () => {
    const flow = new Flow(standardNormal([2]), compose(scaling(0.5), reverse({ dimensions: 2 }), scaling(4)));
    const x = tensor([1, 2]); // z = x/2
    const svg = waterfallPicture({ title: "a title", caption: "a caption", flow, x });
    expectWellFormed(svg);
    const terms = [-Math.log(2 * Math.PI) - 0.625, 2 * Math.log(2), 0, -4 * Math.log(2)];
    const values = ["−2.463", "+1.386", "0.000", "−2.773", "−3.849"];
    const texts = textsIn(svg);
    expect(texts.filter((text) => /^[−+]?\d\.\d{3}$/.test(text))).toEqual(values);
    expect(texts).toEqual(expect.arrayContaining(["log p(z)", "1  elementwiseAffine", "2  reverse", "3  elementwiseAffine", "log p(x)"])); // biome-ignore format: one line
    const bars = barsOf(svg);
    expect(bars.map(({ fill }) => fill)).toEqual([FAINT, ORANGE, ORANGE, BLUE, INK]);
    const { zero, perNat } = scaleOf(svg);
    let total = 0;
    [...terms, undefined].forEach((term, k) => {
      const [from, to] = term === undefined ? [0, total] : [total, total + term];
      const [left, right] = [Math.min(from, to), Math.max(from, to)].map((value) => zero + value * perNat);
      expect(Math.abs(bars[k].left - left)).toBeLessThan(0.2); // places are rounded to a tenth, also those of the numbers
      expect(Math.abs(bars[k].right - Math.max(right, left + 1))).toBeLessThan(0.2);
      total = to;
    });
  });

  it("ends at log p(x) of the flow, each bar where the one above ends", () => {
    const flow = realNVP({ dimensions: 2, layers: 6, hidden: [8], random: new Random(1) });
    randomizeParameters(flow.bijection, new Random(2));
    for (const seed of [1, 2, 3]) {
      const x = new Random(seed).normal([2]);
      const svg = waterfallPicture({ title: "", flow, x });
      expectWellFormed(svg);
      const bars = barsOf(svg);
      expect(bars).toHaveLength(2 * 6 + 1 + 2);
      const { zero, perNat } = scaleOf(svg);
      const logProb = flow.score(x).item();
      const last = bars[bars.length - 1];
      expect(Math.abs((logProb > 0 ? last.right : last.left) - (zero + logProb * perNat))).toBeLessThan(0.2);
      expect(textsIn(svg)).toContain(logProb.toFixed(3).replace("-", "−"));
      for (let k = 1; k < bars.length - 1; k++) {
        const [before, bar] = [bars[k - 1], bars[k]];
        const shared = [before.left, before.right].some((end) => [bar.left, bar.right].some((start) => Math.abs(end - start) < 1.11)); // biome-ignore format: one line
        expect(shared).toBe(true); // a bar of no length is drawn a pixel wide
      }
    }
  });

  it("writes large numbers as powers of ten, in the room beside the bars", () => {
    const svg = waterfallPicture({
      title: "",
      flow: new Flow(standardNormal([2]), compose(scaling(2))),
      x: tensor([1e10, 0]),
    });
    const large = drawnIn(svg, "text").filter(({ text, attributes }) => /^−[\d.]+e\d+$/.test(text) && attributes["font-size"] === "13"); // biome-ignore format: one line
    expect(large.length).toBeGreaterThanOrEqual(2);
    for (const { text } of large) expect(textWidth(text, 13)).toBeLessThan(64);
  });

  it("names inverted layers and elements", () => {
    const flow = realNVP({ dimensions: 2, layers: 1, hidden: [2], random: new Random(1) });
    const texts = textsIn(waterfallPicture({ title: "", flow, x: zeros([2]) }));
    expect(texts).toEqual(expect.arrayContaining(["1  actNorm", "2  affine coupling", "3  standardization⁻¹"]));
  });

  it("refuses batches, contexts, and points without a density", () => {
    const flow = new Flow(standardNormal([2]), compose(scaling(2)));
    const given = realNVP({ dimensions: 2, layers: 1, hidden: [2], context: 1, random: new Random(1) });
    const refused = (options: object, error: typeof DomainError | typeof ShapeError, message: string): void => {
      const made = () => waterfallPicture({ title: "", flow, x: zeros([2]), ...options });
      expect(made).toThrow(error);
      expect(made).toThrow(message);
    };
    refused({ x: zeros([1, 2]) }, ShapeError, "waterfallPicture: x must be one point, [2]; got [1,2]");
    refused({ flow: given }, ShapeError, "waterfallPicture: the flow must take no context; got one of 1");
    refused({ flow: {} }, DomainError, "waterfallPicture: draws a Flow; got Object");
    refused({ x: tensor([1e200, 0]) }, DomainError, "waterfallPicture: log p(x) must be finite; got -Infinity");
    refused(
      { flow: new Flow(standardNormal([2]), logitFlow({ dimensions: 2 })), x: tensor([2, 0]) },
      DomainError,
      "logit",
    );
    refused({ colour: 1 }, DomainError, 'waterfallPicture: unknown option "colour"');
  });
});
