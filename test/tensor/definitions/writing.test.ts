import {
  actNorm,
  affineElement,
  type Bijection,
  bijectionFrom,
  compose,
  coupling,
  Flow,
  invert,
  mlp,
  multiScale,
  namedParameters,
  Random,
  reverse,
  standardNormal,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { writeDefinition } from "../../../src/tensor/definitions/writing.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { expectSame, fromFile } from "../../support/flows/rebuilding.ts";

describe("what stands in several places", () => {
  const random = new Random(8);
  const net = mlp({ inputs: 1, outputs: 2, hidden: [3], random });
  const of = (mask: readonly number[]) =>
    coupling({ dimensions: 2, mask, element: affineElement(), conditioner: net, random });
  const norm = actNorm({ dimensions: 2 });

  it.each<[string, () => Bijection, string[]]>([
    ["a net in two couplings", () => compose(of([1, 0]), of([0, 1])), ["0.conditioner.0.weight"]],
    ["a layer and its inverse", () => compose(norm, of([1, 0]), invert(norm)), ["0.shift"]],
    [
      "a layer twice in one scale",
      () => multiScale({ scales: [compose(norm, reverse({ dimensions: 2 }), norm)] }),
      ["0.0.shift"],
    ],
    ["a layer deep inside", () => compose(invert(compose(reverse({ dimensions: 2 }), norm)), norm), ["0.1.shift"]],
  ])("is one thing when it is rebuilt: %s", (_name, make, names) => {
    const bijection = make();
    randomizeParameters(bijection, random);
    const rebuilt = bijectionFrom(fromFile(bijection.definition), { buffers: bijection.buffers });
    expect([...namedParameters(rebuilt).keys()]).toEqual([...namedParameters(bijection).keys()]);
    expect([...namedParameters(rebuilt).keys()]).toEqual(expect.arrayContaining(names));
    for (const [k, parameter] of rebuilt.parameters.entries()) parameter.assign(bijection.parameters[k]);
    expectSame(rebuilt, bijection, random.normal([3, 2]));
    randomizeParameters(rebuilt, random);
    for (const [k, parameter] of bijection.parameters.entries()) parameter.assign(rebuilt.parameters[k]);
    expectSame(rebuilt, bijection, random.normal([3, 2]));
  });

  it("keeps the names that its makers gave, wherever it is used", () => {
    const weight = net.parameters[0];
    compose(of([1, 0]), of([0, 1]));
    invert(of([1, 0]));
    new Flow(standardNormal([2]), of([1, 0]));
    expect(weight.name).toBe("weight");
  });

  it("has lists of its own: what a caller does to his mask later changes nothing", () => {
    const numbers = [1, 2, 3];
    const fields = { type: "scaling", numbers, lists: [numbers, ["a", numbers]] };
    const written = writeDefinition(fields);
    numbers.push(4);
    expect(written).toEqual({
      type: "scaling",
      numbers: [1, 2, 3],
      lists: [
        [1, 2, 3],
        ["a", [1, 2, 3]],
      ],
    });
  });
});
