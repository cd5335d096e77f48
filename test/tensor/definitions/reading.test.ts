import {
  type Bijection,
  type BijectionDefinition,
  bijectionFrom,
  DiffeoError,
  DomainError,
  LimitError,
  luLinear,
  maf,
  orthogonalLinear,
  Random,
  standardization,
  Tensor,
  tensor,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runs, seeds } from "../../support/arbitraries.ts";
import { CUSTOM, fromFile, makeRow, SAVED } from "../../support/flows/rebuilding.ts";

describe("bijectionFrom refuses", () => {
  const random = new Random(2);
  const flow = maf({ dimensions: 3, layers: 2, hidden: [4], random }).bijection;
  const buffers = flow.buffers;

  /** The definition of `flow` with one place changed: `undefined` takes the field away. */
  function changed(path: readonly (string | number)[], value: unknown): BijectionDefinition {
    const definition = fromFile(flow.definition);
    let at = definition as unknown as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
    const last = path[path.length - 1];
    if (value === undefined) delete at[last];
    else Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
    return definition;
  }

  it.each<[string, readonly (string | number)[], unknown, string]>([
    ["an unknown type", ["layers", 0, "type"], "norm", 'layers[0] must be a layer of a known type; its type is "norm"'],
    [
      "what every object has",
      ["layers", 0, "type"],
      "toString",
      'layers[0] must be a layer of a known type; its type is "toString"',
    ],
    [
      "no type",
      ["layers", 1, "element", "type"],
      undefined,
      "layers[1].element must be an element of a known type; its type is undefined",
    ],
    ["an unknown field", ["layers", 1, "element", "bins"], 8, 'layers[1].element has no field "bins"'],
    ["__proto__", ["layers", 1, "__proto__"], { dimensions: 3 }, 'layers[1] has no field "__proto__"'],
    ["a missing field", ["layers", 1, "conditioner", "hidden"], undefined, "layers[1].conditioner.hidden is missing"],
    [
      "a wrong type",
      ["layers", 1, "conditioner", "hidden"],
      "64",
      'layers[1].conditioner.hidden must be a list; got "64"',
    ],
    [
      "a wrong type in a list",
      ["layers", 1, "conditioner", "hidden", 0],
      1.5,
      "layers[1].conditioner.hidden[0] must be an integer ≥ 0; got 1.5",
    ],
    [
      "another word",
      ["layers", 1, "conditioner", "activation"],
      "gelu",
      'layers[1].conditioner.activation must be tanh or silu or softplus or relu; got "gelu"',
    ],
    [
      "a net for elsewhere",
      ["layers", 1, "conditioner", "type"],
      "mlp",
      'layers[1].conditioner must be a masked net of a known type; its type is "mlp"',
    ],
    [
      "what the constructor refuses",
      ["layers", 1, "element", "c"],
      -1,
      "layers[1].element: affineElement: c must be finite and positive; got -1",
    ],
    [
      "a map of one's own",
      ["layers", 1, "element", "shift"],
      "custom",
      "layers[1].element.shift is a map of the element's own, which cannot be rebuilt from a definition",
    ],
    ["no layers", ["layers"], [], "the definition: compose: needs at least one layer; got none"],
    [
      "layers that do not fit",
      ["layers", 1, "dimensions"],
      2,
      "layers[1]: maskedAutoregressive: the conditioner must give 2 numbers for each of 2 coordinates; got 2 for each of 3",
    ],
    ["a list for an object", ["layers", 2], [], "layers[2] must be an object; got []"],
    [
      "the same as one that comes later",
      ["layers", 0],
      { type: "same", as: "layers[1]" },
      'layers[0] must be the same as a layer before it; got "layers[1]"',
    ],
    [
      "a composition in a composition",
      ["layers", 2],
      { type: "compose", layers: [{ type: "reverse", dimensions: 3 }] },
      "the definition is not flat: layers[2] is a composition",
    ],
  ])("%s", (_name, path, value, message) => {
    expect(() => bijectionFrom(changed(path, value), { buffers })).toThrow(DomainError);
    expect(() => bijectionFrom(changed(path, value), { buffers })).toThrow(`bijectionFrom: ${message}`);
  });

  it("elements with maps of their own, in the tables of layers too", () => {
    expect(CUSTOM).toHaveLength(3);
    for (const row of CUSTOM) {
      const { layer } = makeRow(row, { seed: 1, D: 3, context: 0 });
      expect(() => bijectionFrom(fromFile(layer.definition), { buffers: layer.buffers })).toThrow(
        /element\.(logScale|knots) is a map of the element's own, which cannot/,
      );
    }
  });

  it("buffers that are missing, of another shape, or not what such a buffer can hold", () => {
    const lu = luLinear({ dimensions: 2, random });
    const from =
      (layer: Bijection, name: string, value: Tensor | undefined): (() => Bijection) =>
      () => {
        const changedBuffers = new Map(layer.buffers);
        if (value === undefined) changedBuffers.delete(name);
        else changedBuffers.set(name, value);
        return bijectionFrom(layer.definition, { buffers: changedBuffers });
      };
    expect(() => bijectionFrom(flow.definition)).toThrow(
      "bijectionFrom: layers[0] needs the buffer 0.mean; there is none",
    );
    expect(from(flow, "2.initialized", tensor(2))).toThrow(
      "layers[2] needs finite means, positive deviations, and initialized to be 0 or 1",
    );
    expect(from(lu, "signs", undefined)).toThrow("the definition needs the buffer signs; there is none");
    expect(from(lu, "signs", tensor([1]))).toThrow("needs the buffer signs in the shape [2]; got [1]");
    expect(from(lu, "signs", tensor([1, 0.5]))).toThrow("needs signs that are 1 or -1; got 0.5");
    expect(from(lu, "signs", tensor([Number.NaN, 1]))).toThrow("needs signs that are 1 or -1; got NaN");
    expect(from(lu, "permutation", tensor([1, 1]))).toThrow("permutation: every index 0 … 1 must occur once");
    const standard = standardization(random.normal([5, 2]));
    expect(from(standard, "deviation", tensor([1, 0]))).toThrow("positive deviations");
    expect(from(standard, "mean", tensor([1, Number.POSITIVE_INFINITY]))).toThrow("finite means");
    const turned = orthogonalLinear({ dimensions: 2, random, parametrization: "exponential" });
    expect(
      from(
        turned,
        "base",
        tensor([
          [1, 1],
          [0, 1],
        ]),
      ),
    ).toThrow("the weight must be orthogonal");
  });

  it("more numbers than it may hold, before it makes room for them", () => {
    const huge = { type: "linear", inputs: 1, outputs: 2 ** 29, context: 0 };
    const layer = { type: "coupling", dimensions: 2, mask: [1, 0], context: 0, element: { type: "additive" } };
    expect(() => bijectionFrom({ ...layer, conditioner: huge }, { limit: 1e6 })).toThrow(
      new LimitError("bijectionFrom: at most 1000000 numbers; conditioner takes more"),
    );
    const held = [...flow.parameters, ...buffers.values()].reduce((total, { size }) => total + size, 0);
    expect(bijectionFrom(flow.definition, { buffers, limit: held }).parameters).toHaveLength(flow.parameters.length);
    expect(() => bijectionFrom(flow.definition, { buffers, limit: held - 1 })).toThrow(LimitError);
    const large: BijectionDefinition[] = [
      { type: "fullLinear", dimensions: 30_000 },
      { type: "qrLinear", dimensions: 1000, reflections: 30_000 },
      { type: "orthogonalLinear", dimensions: 1000, parametrization: "householder", reflections: 30_000 },
      { type: "reverse", dimensions: 2 ** 30 },
      { type: "elementwiseAffine", dimensions: [3, 2 ** 13, 2 ** 13] },
      { type: "conv1x1", channels: 30_000, height: 1, width: 1, parametrization: "full" },
    ];
    for (const definition of large) {
      expect(() => bijectionFrom(definition, { limit: 1e6 })).toThrow(LimitError);
    }
  });

  it("more layers than a call can have arguments", () => {
    const many = new Array(300_000).fill({ type: "reverse", dimensions: 1 });
    expect(() => bijectionFrom({ type: "compose", layers: many })).toThrow("layers are more than 10000; got 300000");
  });

  it("options that are none", () => {
    const definition = { type: "reverse", dimensions: 2 };
    for (const options of [null, { buffers: {} }, { limit: Number.NaN }, { limit: "9" }, { limit: -1 }] as never[]) {
      expect(() => bijectionFrom(definition, options)).toThrow(
        "bijectionFrom: buffers are a Map, and a limit a number ≥ 0; got",
      );
    }
    const words = new Map([["mean", "yes"]]) as never;
    expect(() => bijectionFrom({ type: "actNorm", dimensions: 2 }, { buffers: words })).toThrow(
      "needs the buffer mean",
    );
  });

  it("definitions that are nested too deeply", () => {
    let definition: BijectionDefinition = { type: "reverse", dimensions: 2 };
    for (let depth = 0; depth < 100_000; depth++) definition = { type: "invert", of: definition };
    expect(() => bijectionFrom(definition)).toThrow("lies in more than 32 definitions");
  });

  it.each([undefined, null, 3, "compose", [], true, () => 1])("%o", (value) => {
    expect(() => bijectionFrom(value as unknown as BijectionDefinition)).toThrow(DomainError);
  });

  it("with typed errors only, whatever is done to a definition", () => {
    /** Values that may stand anywhere, or nearly. */
    const strange = [
      null,
      true,
      -1,
      0,
      1,
      2,
      3,
      1.5,
      7,
      1e9,
      2 ** 31,
      1e300,
      "",
      "tanh",
      "custom",
      [],
      [1],
      [2, 2, 2],
      {},
    ];
    let refused = 0;
    fc.assert(
      fc.property(
        fc.nat(SAVED.length - 1),
        fc.record({ seed: seeds, D: fc.integer({ min: 2, max: 4 }), context: fc.nat(1) }),
        (k, choice) => {
          const { layer, context } = makeRow(SAVED[k], choice);
          const draw = new Random(choice.seed);
          const pick = <Value>(values: readonly Value[]): Value => values[draw.integers([], values.length).item()];
          let definition: unknown = fromFile(layer.definition);
          const faults = 1 + draw.integers([], 2).item();
          for (let fault = 0; fault < faults; fault++) {
            const places: [Record<string, unknown>, string][] = [];
            const visit = (value: unknown): void => {
              if (typeof value !== "object" || value === null) return;
              for (const field of Object.keys(value)) {
                places.push([value as Record<string, unknown>, field]);
                visit((value as Record<string, unknown>)[field]);
              }
            };
            visit(definition);
            const [parent, field] = pick(places);
            const parts = places.map(([object, name]) => object[name]);
            const kind = pick(["replace", "exchange", "drop", "add"]);
            if (kind === "replace") parent[field] = pick(strange);
            else if (kind === "exchange") parent[field] = fromFile(pick(parts));
            else if (kind === "add") {
              const value = fromFile(pick([...strange, ...parts]));
              const name = pick(["__proto__", "extra", "type", "constructor"]); // assigned, the first would not be a field
              Object.defineProperty(parent, name, { value, configurable: true, enumerable: true, writable: true });
            } else if (Array.isArray(parent)) parent.splice(Number(field), 1);
            else delete parent[field];
            definition = JSON.parse(JSON.stringify(definition));
          }
          try {
            const rebuilt = bijectionFrom(definition as BijectionDefinition, { buffers: layer.buffers, limit: 1e5 });
            const D = rebuilt.dataShape.reduce((product, length) => product * length, 1);
            if (D <= 1e5)
              rebuilt.forward(new Tensor(new Float64Array(D).fill(0.5), [1, ...rebuilt.dataShape]), context);
          } catch (error) {
            refused++;
            if (!(error instanceof DiffeoError)) throw error;
            expect(error.message).toMatch(/^\w+: [^\n]+$/);
          }
        },
      ),
      runs(3, 300),
    );
    expect(refused).toBeGreaterThan(150); // some changes leave a sensible layer
  });
});
