import {
  actNorm,
  type Distribution,
  detach,
  diagonalNormal,
  Flow,
  flowFrom,
  LimitError,
  laplace,
  logistic,
  mixture,
  multivariateNormal,
  type Parameter,
  parameter,
  Random,
  studentT,
  type Tensor,
  tensor,
  uniform,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { bitsOf } from "../support/arbitraries.ts";
import { randomizeParameters } from "../support/flows/parameters.ts";
import { fromFile } from "../support/flows/rebuilding.ts";

const D = 2;
const trained = (value: Tensor, name: string): Parameter => parameter(value, name);
const tied = trained(tensor([0.3, -0.2]), "tied");

describe("the definition of a base", () => {
  it.each<[string, () => Distribution]>([
    ["a diagonalNormal of constants", () => diagonalNormal({ loc: tensor([1, -0.1]), logScale: 0.25 })],
    [
      "a diagonalNormal that is trained",
      () => diagonalNormal({ loc: tied, logScale: trained(zeros([D]), "logScale") }),
    ],
    [
      "a multivariateNormal by its factor",
      () =>
        multivariateNormal({
          loc: 0,
          scaleTril: trained(
            tensor([
              [2, 0],
              [1, 0.5],
            ]),
            "L",
          ),
        }),
    ],
    [
      "a multivariateNormal by logarithms",
      () =>
        multivariateNormal({
          loc: tied,
          lower: trained(
            tensor([
              [9, 9],
              [1, 9],
            ]),
            "lower",
          ),
          logDiagonal: trained(tensor([0.1, 0.2]), "logDiagonal"),
        }),
    ],
    ["a logistic", () => logistic({ loc: tensor([0, 1]), scale: trained(tensor([1, 2]), "scale") })],
    ["a laplace", () => laplace({ loc: trained(tensor([0, 1]), "loc"), scale: 2 })],
    ["a studentT", () => studentT({ df: trained(tensor([3, 4]), "df"), loc: 0, scale: 1 })],
    ["a uniform", () => uniform({ low: tensor([-20, -20]), high: trained(tensor([20, 30]), "high") })],
    [
      "a mixture whose components share a Parameter, one of them twice",
      () => {
        const component = diagonalNormal({ loc: tensor([1, 1]), logScale: tied });
        const other = diagonalNormal({ loc: trained(tensor([-1, 0]), "loc"), logScale: tied });
        return mixture({
          logits: trained(tensor([0.1, 0.2, 0.3]), "logits"),
          components: [component, other, component],
        });
      },
    ],
  ])("rebuilds a flow over %s", (_name, makeBase) => {
    const base = makeBase();
    const flow = new Flow(base, actNorm({ dimensions: D }));
    randomizeParameters({ parameters: flow.bijection.parameters }, new Random(4));
    const rebuilt = flowFrom(fromFile(flow.definition), { buffers: flow.bijection.buffers });
    expect([...rebuilt.named().keys()]).toEqual([...flow.named().keys()]);
    expect(rebuilt.parameters).toHaveLength(flow.parameters.length);
    for (const [name, value] of flow.named()) rebuilt.named().get(name)?.assign(value);
    const x = tensor([
      [0.3, -0.7],
      [1, 2],
    ]);
    expect(bitsOf(detach(rebuilt.logProb(x)))).toEqual(bitsOf(detach(flow.logProb(x))));
    expect(bitsOf(rebuilt.sample(5, new Random(9)))).toEqual(bitsOf(flow.sample(5, new Random(9))));
    expect(rebuilt.definition).toEqual(flow.definition);
  });
});

describe("flowFrom with a limit", () => {
  const over = (base: object) => ({
    type: "flow" as const,
    base: base as never,
    bijection: { type: "permutation", permutation: [0, 1] },
  });
  it("makes room for no base that is larger, however small its definition", () => {
    const long = { type: "parameter", name: "L", shape: [12_000] };
    expect(() => flowFrom(over({ type: "multivariateNormal", loc: 0, scaleTril: long }), { limit: 1e5 })).toThrow(
      "multivariateNormal: scaleTril must be [D,D]; got [12000]",
    );
    const edge = (shape: number[], name: string) => ({ type: "parameter", name, shape });
    const box = { type: "uniform", low: edge([6000, 1], "low"), high: edge([1, 6000], "high") };
    expect(() => flowFrom(over(box), { limit: 1e5 })).toThrow(LimitError);
  });
});
