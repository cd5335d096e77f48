import {
  add,
  affineCoupling,
  affineElement,
  type Bijection,
  compose,
  coupling,
  type Distribution,
  DomainError,
  describeModel,
  Flow,
  FormatError,
  fit,
  full,
  glow,
  LimitError,
  layer,
  loadFlow,
  loadModel,
  maf,
  mixtureBase,
  mul,
  orthogonalLinear,
  type Parameter,
  Random,
  realNVP,
  reverse,
  type Shape,
  saveFlow,
  standardNormal,
  tanhFlow,
  tensor,
  uniform,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { choicesOf, expectSame, makeRow, rebuild, SAVED } from "../../support/flows/rebuilding.ts";
import { rewritten, signed, withMetadata } from "../../support/modelFiles.ts";

const trained = async (): Promise<Flow> => {
  const random = new Random(3);
  const flow = realNVP({ dimensions: 3, layers: 2, hidden: [5], context: 1, random });
  const context = random.normal([40, 1]);
  await fit(flow, random.normal([40, 3]), { random, steps: 5, context });
  return flow;
};

/** A base whose draws lie where the layer ends. */
const baseFor = (name: string, shape: Shape): Distribution =>
  /^(tanh|sigmoid|exp|softplus)Flow|elementwiseSpline, 5 bins/.test(name)
    ? uniform({ low: full(shape, 0.2), high: full(shape, 0.8) })
    : standardNormal(shape);

describe("saveFlow and loadFlow", () => {
  it.each(SAVED)("bring back, to the bit, and save again to the same bytes: $name", (row) => {
    fc.assert(
      fc.property(choicesOf(row), (choice) => {
        const { layer: asRow, x, context } = makeRow(row, choice);
        const made = rebuild(asRow); // images have their own shape there
        const flow = new Flow(baseFor(row.name, made.latentShape), made);
        const bytes = saveFlow(flow, { seed: choice.seed });
        const { flow: loaded, extra } = loadModel(bytes);
        const numbers = ({ parameters }: Flow): unknown[] => parameters.map((each) => [each.name, ...bitsOf(each)]);
        expect(numbers(loaded)).toEqual(numbers(flow));
        expectSame(loaded.bijection, asRow, x, context);
        expect(saveFlow(loaded, extra)).toEqual(bytes);
      }),
      { numRuns: 5 },
    );
  });

  it("bring back a flow that was trained, with its contexts and what it knew of its data", async () => {
    const flow = await trained();
    const loaded = loadFlow(saveFlow(flow).buffer as ArrayBuffer);
    const [x, context] = [tensor([[0.1, 2, -3]]), tensor([[0.4]])];
    expect(bitsOf(loaded.score(x, context))).toEqual(bitsOf(flow.score(x, context)));
    expect(bitsOf(loaded.sample(5, new Random(1), context))).toEqual(bitsOf(flow.sample(5, new Random(1), context)));
    expect([...loaded.bijection.buffers]).toEqual([...flow.bijection.buffers]);
  });

  it("bring back bases that are trained, images, and layers that stand in two places as one", () => {
    const random = new Random(4);
    const shared = affineCoupling({ dimensions: 2, hidden: [3], random });
    for (const flow of [
      maf({ dimensions: 2, layers: 2, hidden: [4], base: mixtureBase({ components: 2 }), random }),
      glow({ channels: 1, height: 4, width: 4, levels: 2, steps: 1, hidden: [2], random }),
      new Flow(standardNormal([2]), compose(shared, reverse({ dimensions: 2 }), shared)),
      new Flow(uniform({ low: tensor([-1, -1]), high: tensor([1, 1]) }), tanhFlow({ dimensions: 2 })),
    ]) {
      randomizeParameters(flow, random);
      const loaded = loadFlow(saveFlow(flow));
      const x = flow.sample(3, new Random(5));
      expect(bitsOf(loaded.score(x))).toEqual(bitsOf(flow.score(x)));
      expect(loaded.parameters).toHaveLength(flow.parameters.length);
      expect(loaded.definition).toEqual(flow.definition);
    }
  });

  it("keep what is extra, and describe a file without making the flow", async () => {
    const flow = await trained();
    const extra = { seed: 7, columns: ["länge", "b,c"], data: "ab", history: { train: [1, 2.5] }, mine: [null, true] };
    const bytes = saveFlow(flow, extra);
    expect(loadModel(bytes).extra).toEqual(extra);
    const { sha256, tensors, ...said } = describeModel(bytes);
    expect(said).toEqual({ version: "0.2.0", definition: flow.definition, extra, checkpoint: false });
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([...tensors.keys()].slice(0, 1)).toEqual([`parameters.${[...flow.named().keys()][0]}`]);
    expect(tensors.size).toBe(flow.parameters.length + flow.bijection.buffers.size);
  });

  it("write NaN in one form, whatever its bits were, and infinities and −0 as they are", () => {
    const flow = realNVP({ dimensions: 2, layers: 1, hidden: [3], random: new Random(1) });
    const parameter = flow.parameters.find(({ size }) => size > 2) as Parameter;
    const k = flow.parameters.indexOf(parameter);
    const strange = new Float64Array(new BigInt64Array(parameter.size).fill(0x7ff8_dead_0000_0001n).buffer);
    strange[1] = Number.POSITIVE_INFINITY;
    strange[2] = -0;
    parameter.adopt(strange);
    const bytes = saveFlow(flow);
    const { data } = loadFlow(bytes).parameters[k];
    const bits = new BigInt64Array(data.buffer, data.byteOffset, data.length);
    expect(bits[0]).toBe(0x7ff8_0000_0000_0000n);
    expect(data[1]).toBe(Number.POSITIVE_INFINITY);
    expect(data[2]).toBe(-0);
    expect(saveFlow(loadFlow(bytes))).toEqual(bytes);
  });
});

describe("layers of one's own", () => {
  const shift = ({ by }: { readonly by: number }): Bijection =>
    layer({
      shape: [2],
      definition: { type: "shift", by },
      forward: (x) => ({ z: add(x, by), logDet: zeros([x.shape[0]]) }),
      inverse: (z) => ({ x: add(z, -by), logDet: zeros([z.shape[0]]) }),
    });

  it("are handed in by type; without, the error says so", () => {
    const bytes = saveFlow(new Flow(standardNormal([2]), compose(shift({ by: 3 }))));
    expect(
      loadFlow(bytes, { layers: { shift } })
        .toLatent(tensor([[1, 2]]))
        .toArray(),
    ).toEqual([[4, 5]]);
    expect(() => loadFlow(bytes)).toThrow(FormatError);
    expect(() => loadFlow(bytes)).toThrow(
      'its type is "shift"; a layer of your own is handed in: loadFlow(bytes, { layers',
    );
  });

  it("that are others than those that were saved do not pass: the reference points tell", () => {
    const bytes = saveFlow(new Flow(standardNormal([2]), shift({ by: 3 })));
    const other = ({ by }: { readonly by: number }): Bijection => ({
      ...shift({ by: by + 1e-6 }),
      definition: { type: "shift", by },
    });
    expect(() => loadFlow(bytes, { layers: { shift: other } })).toThrow(
      /reference points what the file says; latents\[0,0\] is/,
    );
  });

  it("with functions in place of names are refused when saved", () => {
    const own = affineElement({ logScale: (a) => mul(a, -1) });
    const random = new Random(1);
    const flow = new Flow(standardNormal([2]), coupling({ dimensions: 2, mask: [1, 0], element: own, random }));
    expect(() => saveFlow(flow)).toThrow("saveFlow: a file holds no functions; an element has logScale of its own");
  });
});

describe("a file that was changed", () => {
  const random = new Random(2);
  const flow = new Flow(standardNormal([3]), orthogonalLinear({ dimensions: 3, random }));
  randomizeParameters(flow, random);
  const bytes = saveFlow(flow);

  it("is noticed by its hash, wherever the change is", () => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] ^= 1;
      expect(() => loadFlow(changed), `byte ${at}`).toThrow(FormatError);
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(() => loadFlow(bytes.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
    }
    expect(() => loadFlow(Uint8Array.of(...bytes, 0))).toThrow(
      "the file must end with the last tensor; 1 more bytes follow",
    );
  });

  it("is the same file with its header or its tensors in another order", () => {
    const loaded = loadFlow(rewritten(bytes, (tensors) => tensors.reverse()));
    expect(bitsOf(loaded.score(zeros([1, 3])))).toEqual(bitsOf(flow.score(zeros([1, 3]))));
  });

  it("with an orthogonal weight transposed and signed anew is caught by the reference points, though every log-det is right", () => {
    const weight = flow.bijection
      .forward(
        tensor([
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ]),
      )
      .z.toArray() as number[][];
    const made = (rows: number[][]): Flow => new Flow(standardNormal([3]), orthogonalLinear({ weight: tensor(rows) }));
    const right = saveFlow(made(weight));
    const turned = saveFlow(made(weight.map((_, i) => weight.map((row) => row[i]))));
    const mixed = signed(right, (tensors, others) => {
      const from = others(turned);
      for (const name of tensors.keys())
        if (!name.startsWith("reference.")) tensors.set(name, from.get(name) as Uint8Array);
    });
    expect(() => loadFlow(mixed)).toThrow(/must make of its reference points what the file says/);
    expect(() => loadFlow(signed(right, () => {}))).not.toThrow();
  });

  it.each<[string, string, RegExp]>([
    ["a newer format", "diffeo.format", /is newer than this diffeo 0\.2\.0, which knows 1; install a newer one/],
    ["a format that is no number", "diffeo.format", /the format must be a number/],
    ["an architecture that is no JSON", "diffeo.flow", /diffeo\.flow must be JSON/],
    ["an unknown layer", "diffeo.flow", /of a known type/],
    ["an extra that is no object", "diffeo.extra", /diffeo\.extra must be an object/],
  ])("is refused with %s", (name, key, message) => {
    const texts: Record<string, string> = {
      "a newer format": "2",
      "a format that is no number": "one",
      "an architecture that is no JSON": "{",
      "an unknown layer": '{"type":"flow","base":{"type":"standardNormal","shape":[3]},"bijection":{"type":"no"}}',
      "an extra that is no object": "[]",
    };
    expect(() => loadFlow(withMetadata(bytes, key, texts[name]))).toThrow(message);
    expect(() => loadFlow(withMetadata(bytes, key, texts[name]))).toThrow(FormatError);
  });

  it("is refused where the architecture asks for more than the file brings, before anything is made", () => {
    const huge = JSON.stringify({
      type: "flow",
      base: { type: "standardNormal", shape: [3] },
      bijection: { type: "luLinear", dimensions: 30_000 },
    });
    expect(() => loadFlow(withMetadata(bytes, "diffeo.flow", huge))).toThrow(LimitError);
  });

  it("is refused by the kind of thing that came", () => {
    const safetensors = rewritten(bytes, (tensors) => tensors, new Map([["format", "pt"]]));
    expect(() => loadFlow(safetensors)).toThrow("it holds weights of another library?");
    expect(() => loadFlow(new Uint8Array(0))).toThrow("a safetensors file has at least 8 bytes; got 0");
    expect(() => loadFlow(new TextEncoder().encode('{"not":"a model"}'))).toThrow("is it a safetensors file?");
    for (const wrong of ["model.safetensors", null, 3, [1, 2], Promise.resolve(bytes), new Float64Array(2)]) {
      expect(() => loadFlow(wrong as never)).toThrow(DomainError);
    }
    expect(() => loadFlow(bytes, { layer: {} } as never)).toThrow(DomainError);
  });
});

describe("saveFlow", () => {
  const flow = realNVP({ dimensions: 2, layers: 1, hidden: [2], random: new Random(1) });

  it("refuses what is no flow, and an extra that JSON cannot hold", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const extras: unknown[] = [
      ...[null, 0, true, "abc", []],
      { seed: Number.NaN },
      { f: () => 1 },
      { at: new Date(0) },
      { x: flow },
      circle,
      { n: 1n },
    ];
    for (const extra of extras) expect(() => saveFlow(flow, extra as never)).toThrow(DomainError);
    expect(() => saveFlow(flow, { name: "\ud800" })).toThrow("names and texts must be Unicode");
    for (const wrong of [undefined, null, {}, flow.bijection])
      expect(() => saveFlow(wrong as never)).toThrow(DomainError);
  });

  it("leaves the flow as it is", () => {
    const before = flow.parameters.map(bitsOf);
    saveFlow(flow);
    expect(flow.parameters.map(bitsOf)).toEqual(before);
    expect(mul(flow.score(zeros([1, 2])), 1).item()).toBe(flow.score(zeros([1, 2])).item());
  });
});
