import {
  compose,
  Flow,
  grad,
  mean,
  neg,
  Random,
  realNVP,
  ShapeError,
  standardization,
  standardNormal,
  tensor,
  Variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { randomizeParameters } from "../support/flows/parameters.ts";

const LOG_2PI = Math.log(2 * Math.PI);

describe("Flow", () => {
  it("has the density of the change of variables: a Gaussian scaled by (1, 2) and shifted by (1, 2)", () => {
    const flow = new Flow(
      standardNormal([2]),
      standardization(
        tensor([
          [0, 0],
          [2, 4],
        ]),
      ),
    );
    const logProb = flow.logProb(
      tensor([
        [1, 2],
        [2, 2],
      ]),
    );
    expect(Math.abs(logProb.at(0) + LOG_2PI + Math.log(2)) <= 1e-15).toBe(true);
    expect(Math.abs(logProb.at(1) + LOG_2PI + Math.log(2) + 0.5) <= 1e-15).toBe(true);
  });

  it("goes to latent and back, and shows every step on the way", () => {
    const random = new Random(2);
    const flow = realNVP({ dimensions: 3, layers: 2, hidden: [4], random });
    randomizeParameters(flow, random);
    const x = random.normal([5, 3]);
    const z = flow.toLatent(x);
    const { points, logDets } = flow.trace(x);
    expect(points).toHaveLength(6); // x, after each of two actNorms and two couplings, and after what only the inverse needs
    expect(logDets).toHaveLength(5);
    expect(points[0].toArray()).toEqual(x.toArray());
    expect(points[5].toArray()).toEqual(z.toArray());
    const total = logDets.reduce((sum, logDet) => sum + logDet.at(3), 0);
    expect(Math.abs(flow.logProb(x).at(3) - standardNormal([3]).logProb(z).at(3) - total) <= 1e-13).toBe(true);
    flow.toData(z).data.forEach((value, i) => {
      expect(Math.abs(value - x.data[i]) <= 1e-12).toBe(true);
    });
  });

  it("samples what the base draws, mapped back, and records nothing", () => {
    const flow = realNVP({ dimensions: 2, random: new Random(1) });
    const samples = flow.sample(4, new Random(5));
    expect(samples.toArray()).toEqual(new Random(5).normal([4, 2]).toArray()); // the identity at the start
    expect(samples).not.toBeInstanceOf(Variable);
    expect(flow.toLatent(samples)).not.toBeInstanceOf(Variable);
  });

  it("lets gradients flow into samples and their log-densities", () => {
    const random = new Random(3);
    const flow = realNVP({ dimensions: 2, layers: 2, hidden: [3], random });
    randomizeParameters(flow, random);
    const { x, logProb } = flow.sampleWithLogProb(6, random);
    for (const y of [mean(x), neg(mean(logProb))]) {
      const sizes = grad(y, flow.parameters).map(({ data }) => Math.max(...Array.from(data, Math.abs)));
      expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(flow.parameters.length / 2);
    }
  });

  it("says what is wrong with a shape", () => {
    const flow = realNVP({ dimensions: 2, random: new Random(1) });
    expect(() => flow.logProb(tensor([1, 2, 3]))).toThrow(ShapeError);
    expect(() => flow.logProb(tensor([1, 2, 3]))).toThrow("logProb: the rows must be [B,2]; got [3]");
    expect(() => flow.toData(tensor([[1, 2, 3]]))).toThrow("toData: the rows must be [B,2]; got [1,3]");
    expect(() => new Flow(standardNormal([3]), flow.bijection)).toThrow(
      "Flow: the base must be over latent points; its events are [3], latent points [2]",
    );
  });

  it("takes no rows", () => {
    const flow = realNVP({ dimensions: 2, random: new Random(1) });
    expect(flow.logProb(tensor([], [0, 2])).shape).toEqual([0]);
    expect(flow.sample(0, new Random(1)).shape).toEqual([0, 2]);
  });

  it("gives −∞ or NaN, as IEEE arithmetic does, for points that are not finite", () => {
    const flow = new Flow(
      standardNormal([2]),
      compose(
        standardization(
          tensor([
            [0, 0],
            [2, 4],
          ]),
        ),
      ),
    );
    const logProb = flow.logProb(
      tensor([
        [Number.POSITIVE_INFINITY, 0],
        [Number.NaN, 0],
      ]),
    );
    expect(logProb.toArray()).toEqual([Number.NEGATIVE_INFINITY, Number.NaN]);
  });
});
