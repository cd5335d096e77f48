import { inspect } from "node:util";
import {
  actNorm,
  add,
  affineCoupling,
  type Bijection,
  compose,
  Flow,
  full,
  glow,
  invert,
  layer,
  maf,
  mixtureBase,
  mlp,
  Random,
  readCsv,
  realNVP,
  reverse,
  standardNormal,
  twoMoons,
  variable,
} from "diffeo";
import { describe, expect, it } from "vitest";
import { LAYERS } from "../support/flows/index.ts";

const random = new Random(1);

describe("what console.log shows", () => {
  it("of a flow is its layers, their shapes, and the numbers of parameters", () => {
    const flow = realNVP({ dimensions: 2, layers: 2, hidden: [3], random });
    expect(inspect(flow)).toBe(
      [
        "Flow [2]: 5 layers, 36 parameters",
        "  0     actNorm         [2]   4",
        "  1     coupling        [2]  14",
        "  2     actNorm         [2]   4",
        "  3     coupling        [2]  14",
        "  4     invert          [2]   0",
        "  base  standardNormal  [2]   0",
      ].join("\n"),
    );
    expect(String(flow)).toBe(inspect(flow));
    expect(flow.parameters.reduce((sum, { size }) => sum + size, 0)).toBe(36);
  });

  it("of a flow stays short, however many numbers and layers it has", () => {
    const lines = inspect(realNVP({ dimensions: 30, layers: 100, hidden: [2], random })).split("\n");
    expect(lines).toHaveLength(18);
    expect(lines[0]).toMatch(/^Flow \[30\]: 201 layers, \d+ parameters$/);
    expect(lines[9]).toBe("  … 186 more");
  });

  it("counts parameters that stand in two places once", () => {
    const shared = actNorm({ dimensions: 2 });
    const flow = new Flow(standardNormal([2]), compose(shared, reverse({ dimensions: 2 }), shared));
    expect(inspect(flow).split("\n")[0]).toBe("Flow [2]: 3 layers, 4 parameters");
  });

  it("says the width of the context", () => {
    expect(inspect(maf({ dimensions: 3, layers: 1, hidden: [4], context: 5, random }))).toMatch(
      /^Flow .*, context of 5\n/,
    );
    expect(inspect(affineCoupling({ dimensions: 2, context: 1, random }))).toMatch(/context of 1\n/);
  });

  it("of a base that is trained has its parts and parameters, too", () => {
    const flow = realNVP({ dimensions: 2, layers: 1, hidden: [2], base: mixtureBase({ components: 3 }), random });
    expect(inspect(flow)).toMatch(/ {2}base {2}mixture {3}\[2\] {2}15$/);
  });

  it("says where the shape of points changes", () => {
    const flow = glow({ channels: 2, height: 4, width: 4, levels: 1, steps: 1, random });
    expect(inspect(flow)).toMatch(/^Flow \[2,4,4\] → \[32\]: /);
  });

  it("of nets and distributions is what they are and what they are made of", () => {
    expect(inspect(mlp({ inputs: 2, outputs: 3, hidden: [5], random }))).toBe(
      "mlp 2 → 3: 33 parameters\n  0  linear  2 → 5  15\n  1  linear  5 → 3  18",
    );
    expect(inspect(twoMoons())).toBe("twoMoons [2]: 0 parameters");
    expect(inspect(standardNormal([3]))).toBe("standardNormal [3]: 0 parameters");
  });

  it("of an inverted layer names the layer", () => {
    expect(inspect(invert(actNorm({ dimensions: 2 })))).toBe("invert [2]: 1 layer, 4 parameters\n    actNorm  [2]  4");
  });

  it("of a layer of one's own is the type of its definition, and of one made without layer() as well", () => {
    const mine = layer({
      shape: [2],
      definition: { type: "mine" },
      forward: (x) => ({ z: x, logDet: full([x.shape[0]], 0) }),
      inverse: (z) => ({ x: z, logDet: full([z.shape[0]], 0) }),
    });
    const plain: Bijection = { ...mine, definition: { type: "plain" } };
    expect(inspect(compose(mine, plain))).toBe(
      "compose [2]: 2 layers, 0 parameters\n  0  mine   [2]  0\n  1  plain  [2]  0",
    );
  });

  // layers of images come out of the table as objects of its own
  const ofVectors = LAYERS.filter(({ ownShape, name }) => !ownShape && !name.startsWith("conv1x1"));
  it.each(ofVectors)("of $name is at most twenty lines", ({ make, leastD = 2 }) => {
    const text = inspect(make({ D: leastD, random: new Random(1), context: 0 }));
    expect(text).toMatch(/^\w+ \[[\d,]+\].*: .*\d+ parameters?/);
    expect(text.split("\n").length).toBeLessThanOrEqual(20);
  });

  it("of how a Variable was made is the op and the shapes, not the whole graph", () => {
    let y = variable([1, 2]);
    for (let i = 0; i < 1000; i++) y = add(y, 1);
    expect(inspect(y)).toBe("Variable [2]\n[1001, 1002]");
    expect(inspect(y.source)).toBe("add: [Variable [2],Tensor []] → [Variable [2]]");
  });

  it("of a generator is its state, of a table its columns", () => {
    expect(inspect(new Random(7))).toBe('Random {"key":[7,0],"blocks":0}');
    expect(inspect(readCsv("a,b\n1,2\n"))).toBe("Table of 1 rows and 2 columns: a, b");
  });

  it("is hidden from for … in, from spreading and from comparisons", () => {
    const one = actNorm({ dimensions: 2 });
    expect(Object.keys(one)).not.toContain("toString");
    expect(Object.getOwnPropertySymbols({ ...one })).toEqual([]);
  });
});
