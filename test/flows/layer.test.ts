import {
  actNorm,
  add,
  compose,
  DomainError,
  type LayerOptions,
  layer,
  maskedAutoregressive,
  mlp,
  mul,
  parameter,
  Random,
  ShapeError,
  sum,
  type Tensor,
  tensor,
  Variable,
  variable,
  zeros,
} from "diffeo";
import { describe, expect, it } from "vitest";

const random = new Random(1);
const logDetOf = (x: Tensor, value: number): Variable => variable(tensor(new Array(x.shape[0]).fill(value)));
const doubling: LayerOptions = {
  shape: [2],
  definition: { type: "doubling" },
  forward: (x) => ({ z: mul(x, 2), logDet: logDetOf(x, 2 * Math.log(2)) }),
  inverse: (z) => ({ x: mul(z, 0.5), logDet: logDetOf(z, -2 * Math.log(2)) }),
};
const x = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe("layer", () => {
  it("needs a shape and two methods, and supplies the rest", () => {
    const { forward, inverse, initialize, ...rest } = layer(doubling);
    expect(rest).toEqual({
      dataShape: [2],
      latentShape: [2],
      parameters: [],
      parts: {},
      buffers: new Map(),
      context: 0,
      cost: { forward: "parallel", inverse: "parallel" },
      definition: { type: "doubling" },
    });
    expect(forward(x).z.toArray()).toEqual([
      [2, 4],
      [6, 8],
      [10, 12],
    ]);
    expect(inverse(x).x.at(2, 1)).toBe(3);
    const { definition, ...unnamed } = doubling;
    expect(layer(unnamed).definition).toEqual({ type: "layer" });
  });

  it("takes plain tensors, too, and gives Variables", () => {
    const plain = layer({
      ...doubling,
      forward: (points) => ({ z: zeros(points.shape), logDet: zeros([points.shape[0]]) }),
    });
    const { z, logDet } = plain.forward(x);
    expect([z, logDet].every((each) => each instanceof Variable)).toBe(true);
    expect(compose(plain, layer(doubling)).forward(x).logDet.at(0)).toBe(2 * Math.log(2));
  });

  it("refuses a log-det that is not one number for each point, in the name of the layer", () => {
    const wrong = (logDet: (z: Variable) => Variable) =>
      layer({
        ...doubling,
        forward: (points) => ({ z: mul(points, 2), logDet: logDet(mul(points, 2)) }),
        inverse: (points) => ({ x: mul(points, 2), logDet: logDet(mul(points, 2)) }),
      });
    const forgotten = wrong((z) => sum(z)); // an axis was forgotten: the sum over the whole batch
    expect(() => forgotten.forward(x)).toThrow(new ShapeError("doubling: logDet must be [3]; got Variable []"));
    expect(() => forgotten.inverse(x)).toThrow("doubling: logDet must be [3]; got Variable []");
    expect(() => wrong((z) => z).forward(x)).toThrow("doubling: logDet must be [3]; got Variable [3,2]");
    expect(() => wrong(() => 0 as never).forward(x)).toThrow("doubling: logDet must be [3]; got 0");
  });

  it("refuses points of another shape, that come or come back", () => {
    expect(() => layer(doubling).forward(zeros([3, 1]))).toThrow("doubling: the rows must be [B,2]; got [3,1]");
    const lost = layer({ ...doubling, latentShape: [1] });
    expect(() => lost.forward(x)).toThrow(new ShapeError("doubling: z must be [3,1]; got Variable [3,2]"));
    expect(() => lost.inverse(zeros([3, 1]))).toThrow("doubling: x must be [3,2]; got Variable [3,1]");
    expect(() => layer({ ...doubling, initialize: () => {} }).initialize?.(zeros([2]))).toThrow(ShapeError);
  });

  it("refuses what is no method, and shapes that are none", () => {
    expect(() => layer({ ...doubling, inverse: undefined as never })).toThrow(
      new DomainError("doubling: inverse must be a function; got undefined"),
    );
    expect(() => layer({ ...doubling, shape: [1.5] })).toThrow(DomainError);
    expect(() => layer({ ...doubling, definition: {} as never })).toThrow(
      new DomainError("layer: the type of a definition is a text; got undefined"),
    );
    expect(() => layer({ ...doubling, shape: 2 as never })).toThrow("doubling: a shape is an array of integers; got 2");
  });

  it("gives its methods one row of context for each point, once a width is said", () => {
    const shifted = layer({
      ...doubling,
      context: 2,
      forward: (points, context) => ({ z: add(points, context as Tensor), logDet: logDetOf(points, 0) }),
    });
    expect(shifted.context).toBe(2);
    expect(shifted.forward(x, tensor([[10, 20]])).z.at(2, 1)).toBe(26);
    expect(() => shifted.forward(x)).toThrow(new ShapeError("doubling: needs a context of width 2; got none"));
    expect(() => shifted.forward(x, zeros([3, 1]))).toThrow("doubling: context must be [3,2] or [1,2]; got [3,1]");
    expect(() => layer({ ...doubling, context: 0 }).forward(x, zeros([3, 1]))).toThrow("doubling: takes no context");
    expect(layer(doubling).forward(x, zeros([3, 1])).z.shape).toEqual([3, 2]); // it does not matter to this one
  });

  it("has the parameters, buffers, context and cost of its parts", () => {
    const norm = actNorm({ dimensions: 2 });
    const net = mlp({ inputs: 1, outputs: 1, random });
    const masked = maskedAutoregressive({ dimensions: 2, hidden: [3], context: 4, random });
    const own = parameter(tensor([1]), "own");
    const whole = layer({
      ...doubling,
      parameters: [own],
      buffers: new Map([["seen", tensor([1])]]),
      parts: { norm, again: norm, net, masked },
    });
    expect(whole.parameters).toEqual([own, ...norm.parameters, ...net.parameters, ...masked.parameters]);
    expect([...whole.buffers.keys()]).toEqual([
      "seen",
      ...["norm.", "norm.latent.", "again.", "again.latent.", "masked.context."].flatMap((prefix) => [
        ...[`${prefix}mean`, `${prefix}deviation`, `${prefix}initialized`],
      ]),
    ]);
    expect(whole.context).toBe(4);
    expect(whole.cost).toEqual({ forward: "parallel", inverse: "sequential" });
    expect(layer({ ...doubling, cost: { forward: "sequential" } }).cost).toEqual({
      forward: "sequential",
      inverse: "parallel",
    });
  });

  it("shows the buffers of its parts as they are now", () => {
    const norm = actNorm({ dimensions: 2 });
    const whole = layer({ ...doubling, parts: [norm] });
    expect(whole.buffers.get("0.initialized")?.item()).toBe(0);
    norm.initialize?.(random.normal([9, 2]));
    expect(whole.buffers.get("0.initialized")?.item()).toBe(1);
  });

  it("takes part in compositions", () => {
    const both = compose(layer(doubling), layer(doubling));
    expect(both.forward(x).z.at(0, 0)).toBe(4);
    expect(both.forward(x).logDet.at(1)).toBe(4 * Math.log(2));
  });

  it("refuses a context that is no width, methods that give nothing, and buffers of one name", () => {
    expect(() => layer({ ...doubling, context: 1.5 })).toThrow("doubling: context must be an integer ≥ 0; got 1.5");
    const nothing = layer({ ...doubling, forward: () => undefined as never });
    expect(() => nothing.forward(x)).toThrow(new ShapeError("doubling: z must be [3,2]; got undefined"));
    const norm = actNorm({ dimensions: 2 });
    const twice = layer({ ...doubling, parts: { "": norm }, buffers: new Map([["initialized", tensor(1)]]) });
    expect(() => twice.buffers).toThrow(
      "doubling: two of its buffers have one name among initialized, mean, deviation, initialized, latent.mean",
    );
    expect(layer({ ...doubling, cost: { forward: undefined as never } }).cost.forward).toBe("parallel");
  });
});
