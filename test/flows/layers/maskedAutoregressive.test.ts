import {
  affineCoupling,
  affineElement,
  alternatingMask,
  type Bijection,
  complement,
  type Element,
  Flow,
  forwardKL,
  grad,
  halvesMask,
  inverseAutoregressive,
  jacobian,
  type MaskedMlp,
  maskedAutoregressive,
  maskedMlp,
  mlp,
  namedParameters,
  noGrad,
  Random,
  ShapeError,
  standardNormal,
  sum,
  Tensor,
  tensor,
  variable,
  zeros,
} from "diffeo";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dPassInverse } from "../../../src/flows/layers/maskedAutoregressive.ts";
import { bitsOf, EPSILON, expectWithin, seeds } from "../../support/arbitraries.ts";
import { randomizeParameters } from "../../support/flows/parameters.ts";
import { contextFor, netChoices } from "../../support/maskedNets.ts";

const random = new Random(1);

describe("maskedAutoregressive", () => {
  it("starts at the identity, both ways", () => {
    const x = random.normal([4, 3]);
    for (const layer of [
      maskedAutoregressive({ dimensions: 3, random }),
      inverseAutoregressive({ dimensions: 3, residual: true, random }),
    ]) {
      expect(bitsOf(layer.forward(x).z)).toEqual(bitsOf(x));
      expect(bitsOf(layer.inverse(x).x)).toEqual(bitsOf(x));
      expect(Array.from(layer.forward(x).logDet.data, Math.abs)).toEqual([0, 0, 0, 0]);
    }
  });

  it("is z_i = (x_i − μ_i)·exp(−log σ_i) with μ_i and log σ_i from the coordinates before, by hand", () => {
    const layer = maskedAutoregressive({ dimensions: 2, hidden: [], random });
    // raw = [a₀, a₁, b₀, b₁]; only the weights from x₀ to a₁ and b₁ act
    layer.parameters[0].assign(
      tensor([
        [9, 9],
        [0.8, 9],
        [9, 9],
        [-1.5, 9],
      ]),
    );
    layer.parameters[1].assign(tensor([0.2, 0.1, 0.5, 0.25]));
    const [x0, x1] = [0.7, -1.2];
    const logSigma = [2 * Math.tanh(0.2 / 2), 2 * Math.tanh((0.8 * x0 + 0.1) / 2)];
    const z = [(x0 - 0.5) * Math.exp(-logSigma[0]), (x1 - (-1.5 * x0 + 0.25)) * Math.exp(-logSigma[1])];
    const forward = layer.forward(tensor([[x0, x1]]));
    const inverse = layer.inverse(tensor([z]));
    for (const i of [0, 1]) {
      expectWithin(forward.z.at(0, i), z[i], 16 * EPSILON);
      expectWithin(inverse.x.at(0, i), [x0, x1][i], 16 * EPSILON);
    }
    expectWithin(forward.logDet.item(), -logSigma[0] - logSigma[1], 16 * EPSILON);
    expectWithin(inverse.logDet.item(), logSigma[0] + logSigma[1], 16 * EPSILON);
  });

  it("has log p(x) = Σ_j log N(x_j; μ_j(x_<j), σ_j²(x_<j)), where μ_j and σ_j do not see x_j and what comes after it", () => {
    const D = 5;
    const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden: [7, 7], random });
    randomizeParameters(net, new Random(7));
    const flow = new Flow(standardNormal([D]), maskedAutoregressive({ dimensions: D, conditioner: net, random }));
    const x = random.normal([20, D]);
    const conditionals = new Float64Array(20);
    for (let j = 0; j < D; j++) {
      // what is after x_<j is lost
      const before = new Tensor(
        x.data.map((value, k) => (k % D < j ? value : Number.NaN)),
        [20, D],
      );
      const raw = noGrad(() => net.apply(before)); // [a_1 … a_D, b_1 … b_D]: log σ = 2·tanh(a/2), μ = b
      for (let b = 0; b < 20; b++) {
        const [mu, logSigma] = [raw.at(b, D + j), 2 * Math.tanh(raw.at(b, j) / 2)];
        const z = (x.at(b, j) - mu) / Math.exp(logSigma);
        conditionals[b] += -0.5 * z ** 2 - logSigma - 0.5 * Math.log(2 * Math.PI);
      }
    }
    flow.score(x).data.forEach((logProb, b) => {
      expectWithin(logProb, conditionals[b], 64 * D * EPSILON * (1 + Math.abs(logProb)));
    });
  });

  it("takes one pass of the net for the density of all points, and D dependent ones for samples: x_1, then x_2, …", () => {
    const D = 6;
    const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden: [9], random });
    randomizeParameters(net, new Random(8));
    let passes = 0;
    const counted: MaskedMlp = {
      ...net,
      apply(...points) {
        passes++;
        return net.apply(...points);
      },
    };
    const flow = new Flow(standardNormal([D]), maskedAutoregressive({ dimensions: D, conditioner: counted, random }));
    const z = random.normal([50, D]);
    flow.logProb(z);
    expect(passes).toBe(1);
    passes = 0;
    forwardKL(flow, z);
    expect(passes).toBe(1);

    passes = 0;
    const x = noGrad(() => dPassInverse(counted, affineElement(), z)).x;
    expect(passes).toBe(D);
    expect(net.steps.count).toBe(D); // the ticks of the inverse that computes each unit once
    const column = (of: Tensor, j: number): number[] => Array.from({ length: 50 }, (_, b) => of.at(b, j));
    flow.toData(z).data.forEach((value, k) => {
      expectWithin(value, x.data[k], 1e-12 * (1 + Math.abs(value)));
    });
    // after k passes x_1 … x_k are what they will be, and x_{k+1} is not
    let point: Tensor = zeros([50, D]);
    for (let k = 1; k <= D; k++) {
      point = noGrad(() => affineElement().inverse(z, net.apply(point)).x);
      for (let j = 0; j < k; j++) expect(column(point, j)).toEqual(column(x, j));
      if (k < D) expect(column(point, k)).not.toEqual(column(x, k));
    }
  });

  it("treats a batch as its rows, to the bit, when it is inverted", () => {
    fc.assert(
      fc.property(netChoices(2, 6, 40), ({ options, batch, seed }) => {
        const draw = new Random(seed);
        const layer = maskedAutoregressive({ ...options, random: draw });
        randomizeParameters(layer, draw);
        const z = draw.normal([batch, options.dimensions]);
        const context = contextFor(options.context, batch, draw);
        const rowOf = (of: Tensor, i: number): Tensor => {
          const width = of.shape[1];
          return new Tensor(of.data.slice(i * width, (i + 1) * width), [1, width]);
        };
        const together = noGrad(() => layer.inverse(z, context));
        for (let i = 0; i < batch; i += 7) {
          const alone = noGrad(() => layer.inverse(rowOf(z, i), context && rowOf(context, i)));
          expect(bitsOf(rowOf(together.x, i))).toEqual(bitsOf(alone.x));
          expect(together.logDet.at(i)).toBe(alone.logDet.item());
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["an order, wider than 64", maskedAutoregressive, { dimensions: 70, order: "random" }],
    ["a residual net", maskedAutoregressive, { dimensions: 5, hidden: [5, 5], residual: true }],
    [
      "dependencies",
      maskedAutoregressive,
      {
        dimensions: 3,
        dependencies: [
          [0, 0, 1],
          [0, 0, 0],
          [0, 1, 0],
        ],
      },
    ],
    ["an inverse layer", inverseAutoregressive, { dimensions: 5, order: [4, 0, 3, 1, 2] }],
    ["one coordinate", maskedAutoregressive, { dimensions: 1, hidden: [] }],
  ] as const)("shows its whole context to every coordinate: %s", (_name, make, options) => {
    const D = options.dimensions;
    const layer = make({ ...options, context: 3, random });
    randomizeParameters(layer, new Random(6));
    const x = random.normal([1, D]);
    const context = random.normal([1, 3]);
    const before = noGrad(() => layer.forward(x, context).z);
    for (const c of [0, 1, 2]) {
      const moved = tensor([Array.from(context.data, (value, k) => (k === c ? value + 0.5 : value))]);
      const after = noGrad(() => layer.forward(x, moved).z);
      for (let i = 0; i < D; i++) expect(after.at(0, i)).not.toBe(before.at(0, i));
      const lost = tensor([Array.from(context.data, (value, k) => (k === c ? Number.NaN : value))]);
      expect(noGrad(() => layer.forward(x, lost).z).data.every(Number.isNaN)).toBe(true);
    }
  });

  it("has an inverse whose Jacobian is exactly 0 where nothing leads, and whose bits do not see it", () => {
    const layer = maskedAutoregressive({ dimensions: 4, hidden: [9], order: [2, 0, 3, 1], random });
    randomizeParameters(layer, new Random(5));
    const ranks = [2, 0, 3, 1];
    const z = random.normal([1, 4]);
    const J = jacobian((point) => layer.inverse(point).x, z);
    const x = noGrad(() => layer.inverse(z).x);
    for (let j = 0; j < 4; j++) {
      const moved = tensor([Array.from(z.data, (value, k) => (k === j ? value + 0.7 : value))]);
      const xMoved = noGrad(() => layer.inverse(moved).x);
      for (let i = 0; i < 4; i++) {
        const free = ranks[j] > ranks[i];
        expect(Math.abs(J.at(0, i, 0, j)) === 0).toBe(free);
        if (free) expect(xMoved.at(0, i)).toBe(x.at(0, i));
      }
    }
  });

  it("takes one coordinate if a context conditions it, and none of another width", () => {
    const layer = maskedAutoregressive({ dimensions: 1, context: 2, random });
    randomizeParameters(layer, new Random(2));
    const x = random.normal([3, 1]);
    const shared = random.normal([1, 2]);
    const { z } = layer.forward(x, shared);
    const repeated = new Tensor(Float64Array.from([...shared.data, ...shared.data, ...shared.data]), [3, 2]);
    expect(bitsOf(layer.forward(x, repeated).z)).toEqual(bitsOf(z));
    layer.inverse(z, shared).x.data.forEach((value, k) => {
      expectWithin(value, x.data[k], 1e-13);
    });
    for (const run of [layer.forward, layer.inverse]) {
      expect(() => run(x)).toThrow("maskedAutoregressive: needs a context of width 2; got none");
      expect(() => run(x, random.normal([2, 2]))).toThrow("context must be [3,2] or [1,2]; got [2,2]");
      expect(() => run(random.normal([3, 2]), shared)).toThrow(
        "maskedAutoregressive: the rows must be [B,1]; got [3,2]",
      );
    }
    expect(() => maskedAutoregressive({ dimensions: 1, random }).inverse(x, shared)).toThrow("takes no context");
  });

  it("notices when its parameters are assigned: no inverse uses old weights", () => {
    const layer = maskedAutoregressive({ dimensions: 3, hidden: [5], random });
    randomizeParameters(layer, new Random(3));
    const z = random.normal([2, 3]);
    const leaf = variable(z);
    const values = (of: Bijection): unknown => bitsOf(noGrad(() => of.inverse(z).x));
    const gradients = (of: Bijection): unknown => bitsOf(grad(sum(of.inverse(leaf).x), [leaf])[0]);
    const saved = layer.parameters.map(({ data, shape }) => new Tensor(data, shape));
    const before = [values(layer), gradients(layer)];
    for (const [k, parameter] of layer.parameters.entries()) {
      parameter.assign(random.normal(parameter.shape));
      const fresh = maskedAutoregressive({ dimensions: 3, hidden: [5], random });
      for (const [l, other] of fresh.parameters.entries()) other.assign(layer.parameters[l]);
      expect(values(layer), parameter.name).toEqual(values(fresh));
      expect(gradients(layer), parameter.name).toEqual(gradients(fresh));
      parameter.assign(saved[k]);
      expect([values(layer), gradients(layer)], parameter.name).toEqual(before);
    }
  });

  it("keeps values and gradients finite for |x| up to 1e6, both ways", () => {
    const layer = maskedAutoregressive({ dimensions: 4, hidden: [8, 8], random });
    randomizeParameters(layer, new Random(4));
    const x = variable(
      tensor([
        [1e6, -1e6, 1e6, 1e6],
        [-1e6, 1e-6, 0, 1e6],
      ]),
    );
    const forward = layer.forward(x);
    const inverse = layer.inverse(x);
    for (const result of [forward.z, forward.logDet, inverse.x, inverse.logDet]) {
      expect(Array.from(result.data).every(Number.isFinite)).toBe(true);
      for (const g of grad(sum(result), [x, ...layer.parameters])) {
        expect(Array.from(g.data).every(Number.isFinite)).toBe(true);
      }
    }
  });

  it("takes elements that know nothing of loops: those whose inverse is made of ops", () => {
    const { inverseEach, ...plain } = affineElement();
    // one number at a time: x = z·σ + μ, with log σ = 2·tanh(a/2)
    const [values, logDets] = [Float64Array.of(9, 3), new Float64Array(2)];
    inverseEach?.(values, 1, 1, Float64Array.of(0.5, -1), logDets);
    expectWithin(values[1], 3 * Math.exp(2 * Math.tanh(0.25)) - 1, 16 * EPSILON);
    expectWithin(logDets[1], 2 * Math.tanh(0.25), 4 * EPSILON);
    expect([values[0], logDets[0]]).toEqual([9, 0]); // what stands before is not its business
    const net = maskedMlp({ dimensions: 4, outputsPerDimension: 2, hidden: [6], random });
    randomizeParameters(net, new Random(6));
    const layerOf = (element: Element) => maskedAutoregressive({ dimensions: 4, conditioner: net, element, random });
    const z = random.normal([5, 4]);
    const [quick, slow] = [affineElement(), plain].map((element) => noGrad(() => layerOf(element).inverse(z)));
    expect(bitsOf(slow.x)).toEqual(bitsOf(quick.x));
    expect(bitsOf(slow.logDet)).toEqual(bitsOf(quick.logDet));
  });

  it("says what is wrong", () => {
    const net = maskedMlp({ dimensions: 3, outputsPerDimension: 1, random });
    expect(() => maskedAutoregressive({ dimensions: 3, conditioner: net, random })).toThrow(
      new ShapeError(
        "maskedAutoregressive: the conditioner must give 2 numbers for each of 3 coordinates; got 1 for each of 3",
      ),
    );
    const fitting = maskedMlp({ dimensions: 3, outputsPerDimension: 2, random });
    expect(() => maskedAutoregressive({ dimensions: 3, conditioner: fitting, hidden: [3], random })).toThrow(
      "a conditioner comes with its own options; got hidden",
    );
    expect(() => maskedAutoregressive({ dimensions: 0, random })).toThrow("dimensions must be an integer ≥ 1; got 0");
  });

  it("can be told apart and rebuilt: its definition is plain JSON", () => {
    const options = { dimensions: 2, hidden: [3], order: "reversed", random } as const;
    const { definition } = maskedAutoregressive(options);
    expect(JSON.parse(JSON.stringify(definition))).toEqual({
      type: "maskedAutoregressive",
      dimensions: 2,
      element: { type: "affine", logScale: "tanh", c: 2 },
      conditioner: {
        type: "maskedMlp",
        ...{ dimensions: 2, outputsPerDimension: 2, hidden: [3], residual: false, activation: "tanh", context: 0 },
        order: [1, 0],
      },
    });
    expect(inverseAutoregressive(options).definition).toEqual({ ...definition, type: "inverseAutoregressive" });
    expect([...namedParameters(maskedAutoregressive(options)).keys()]).toEqual([
      ...["conditioner.0.weight", "conditioner.0.bias", "conditioner.1.weight", "conditioner.1.bias"],
    ]);
  });
});

describe("an affine coupling", () => {
  /** The net of a coupling as a masked net over all D coordinates, by masks or by dependencies; all else is poisoned. */
  function embed(
    coupling: { parameters: readonly Tensor[] },
    mask: Uint8Array,
    hidden: readonly number[],
    by: "masks" | "dependencies",
  ): MaskedMlp {
    const D = mask.length;
    const [passing, moved] = [1, 0].map((value) => Array.from(mask.keys()).filter((i) => mask[i] === value));
    const isMoved = (row: number): boolean => mask[row % D] === 0;
    const sizes = [D, ...hidden, 2 * D];
    const masks = hidden
      .concat(2 * D)
      .map((rows, l) =>
        Array.from({ length: rows }, (_, row) =>
          Array.from({ length: sizes[l] }, (_, k) =>
            (l > 0 || mask[k] === 1) && (l < hidden.length || isMoved(row)) ? 1 : 0,
          ),
        ).flat(),
      );
    const dependencies = Array.from(mask, (own) => Array.from(mask, (other) => (own === 0 && other === 1 ? 1 : 0)));
    const said = by === "masks" ? { masks } : { dependencies };
    const net = maskedMlp({ dimensions: D, outputsPerDimension: 2, hidden, ...said, random });
    net.maps.forEach(({ weight, bias }, l) => {
      const [given, givenBias] = [coupling.parameters[2 * l], coupling.parameters[2 * l + 1]];
      const last = l === hidden.length;
      const rowOf = (row: number): number => (last ? Math.floor(row / D) * moved.length + moved.indexOf(row % D) : row);
      const valueAt = (row: number, k: number): number => {
        const column = l === 0 ? passing.indexOf(k) : k;
        return column < 0 || (last && !isMoved(row)) ? Number.NaN : given.at(rowOf(row), column);
      };
      const [rows, columns] = weight.shape;
      const entries = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_, k) => valueAt(row, k)),
      );
      weight.assign(tensor(entries));
      bias.assign(
        tensor(Array.from({ length: rows }, (_, row) => (last && !isMoved(row) ? 0 : givenBias.at(rowOf(row))))),
      );
    });
    return net;
  }

  it("is the autoregressive layer whose net sees only what passes: the same bits, in two dependent steps", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 2, max: 9 }),
        fc.constantFrom(halvesMask, alternatingMask, (D: number) => complement(halvesMask(D))),
        fc.constantFrom("masks" as const, "dependencies" as const),
        (seed, D, maskOf, by) => {
          const draw = new Random(seed);
          const mask = maskOf(D);
          const hidden = [6, 5];
          const conditioner = mlp({
            inputs: mask.reduce((count, entry) => count + entry, 0),
            outputs: 2 * mask.reduce((count, entry) => count + 1 - entry, 0),
            hidden,
            random: draw,
          });
          const coupled = affineCoupling({ dimensions: D, mask, conditioner, random: draw });
          randomizeParameters(coupled, draw);
          const net = embed(conditioner, mask, hidden, by);
          const layer = maskedAutoregressive({ dimensions: D, conditioner: net, random });
          expect(net.steps.count).toBe(2);

          const x = draw.normal([5, D]);
          const [theirs, ours] = [coupled.forward(x), layer.forward(x)];
          expect(bitsOf(ours.z)).toEqual(bitsOf(theirs.z));
          const [back, ourBack] = noGrad(() => [coupled.inverse(x), layer.inverse(x)]);
          expect(bitsOf(ourBack.x)).toEqual(bitsOf(back.x));
          // the same terms with zeros between them, summed in another tree
          for (let i = 0; i < 5; i++) {
            expectWithin(ours.logDet.at(i), theirs.logDet.at(i), 4 * EPSILON * D);
            expectWithin(ourBack.logDet.at(i), back.logDet.at(i), 4 * EPSILON * D);
          }
        },
      ),
    );
  });
});
