import { DomainError, namedParameters, type Parameter, type Part, parameter, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { parametersOf } from "../../src/autograd/parts.ts";

const made = (name: string): Parameter => parameter(tensor([1]), name);

describe("namedParameters", () => {
  it("names each by the way to it, from part to part, in the order of the whole", () => {
    const [weight, bias, scale] = [made("weight"), made("bias"), made("scale")];
    const net: Part = { parameters: [weight, bias], parts: [{ parameters: [weight, bias] }] };
    const whole: Part = { parameters: [scale, weight, bias], parts: { conditioner: net } };
    expect([...namedParameters(whole)]).toEqual([
      ["scale", scale],
      ["conditioner.0.weight", weight],
      ["conditioner.0.bias", bias],
    ]);
  });

  it("leaves out the name of a part called nothing, and names what is shared after its first place", () => {
    const shared: Part = { parameters: [made("shift")] };
    const whole: Part = { parameters: shared.parameters, parts: { "": { ...shared, parts: [shared] }, b: shared } };
    expect([...namedParameters(whole).keys()]).toEqual(["0.shift"]);
  });

  it("tells apart what has one name, or none", () => {
    const parameters = [made("a"), made("a"), made("a_2"), made(""), made("")];
    const names = [...namedParameters({ parameters }).keys()];
    expect(names).toEqual(["a", "a_2", "a_2_2", "parameter", "parameter_2"]);
    expect(new Set(names).size).toBe(parameters.length);
  });
});

describe("namedParameters of parts within parts", () => {
  it("goes into each part once, however often it stands there", () => {
    let part: Part = { parameters: [made("a")] };
    for (let level = 0; level < 60; level++) part = { parameters: part.parameters, parts: [part, part] };
    expect([...namedParameters(part).keys()]).toEqual([`${"0.".repeat(60)}a`]);
  });
});

describe("namedParameters of nothing", () => {
  it("is refused", () => {
    expect(() => namedParameters(undefined as never)).toThrow(
      new DomainError("namedParameters: needs something that has parameters; got undefined"),
    );
  });
});

describe("parametersOf", () => {
  it("lists what several parts have, each once", () => {
    const [a, b] = [made("a"), made("b")];
    expect(parametersOf([{ parameters: [a, b] }, { parameters: [b] }])).toEqual([a, b]);
    expect(parametersOf({})).toEqual([]);
  });
});
