import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { compare, compareGradients, gradientBound, pairing, valueBound } from "./compare.ts";
import { load, loadAll, type StoredArray, type StoredCase } from "./load.ts";

type Arrays = Readonly<Record<string, StoredArray>>;
type Variables = Readonly<Record<string, d.Variable>>;

/** A case of distributions.json: a log-density with its entropy, a divergence, or reparametrised samples. */
export interface DistributionStored extends StoredCase {
  readonly distribution: string;
  readonly quantity: "log_prob" | "kl" | "rsample";
  readonly family?: string;
  readonly params?: Arrays;
  readonly x?: StoredArray;
  readonly log_prob?: StoredArray;
  readonly grad_log_prob?: StoredArray;
  readonly grads?: Arrays;
  readonly entropy?: StoredArray;
  readonly grad_entropy?: StoredArray;
  readonly entropy_grads?: Arrays;
  readonly p?: Arrays;
  readonly q?: Arrays;
  readonly kl?: StoredArray;
  readonly grad_kl?: StoredArray;
  readonly u?: StoredArray;
  readonly eps?: StoredArray;
  readonly sample?: StoredArray;
  readonly grad_sample?: StoredArray;
}

/** A family of the file: how one distribution is made of its parameters, and over how many axes one event of it goes. */
interface Family {
  readonly make: (params: Variables) => d.Distribution;
  /** Axes of one event; the parameters may have more in front, those of a batch. */
  readonly eventRank: number;
  /** Axes that a parameter has besides those of the event: the second of a matrix, the components of a mixture. */
  readonly extra?: Readonly<Record<string, number>>;
}

const normal = ({ loc, scale }: Variables): d.Distribution => d.diagonalNormal({ loc, logScale: d.log(scale) });

/** The distributions of the components k: their parameters are the k-th of each. */
function mixtureOf(make: (params: Variables) => d.Distribution, { logits, ...stacked }: Variables): d.Distribution {
  const components = Array.from({ length: logits.size }, (_, k) =>
    make(
      Object.fromEntries(Object.entries(stacked).map(([name, values]) => [name.replace(/s$/, ""), d.slice(values, k)])),
    ),
  );
  return d.mixture({ logits, components });
}

const multivariate = ({ loc, scale_tril }: Variables): d.Distribution =>
  d.multivariateNormal({ loc, scaleTril: scale_tril });

const FAMILIES: Readonly<Record<string, Family>> = {
  normal: { make: normal, eventRank: 0 },
  laplace: { make: ({ loc, scale }) => d.laplace({ loc, scale }), eventRank: 0 },
  logistic: { make: ({ loc, scale }) => d.logistic({ loc, scale }), eventRank: 0 },
  student_t: { make: ({ df, loc, scale }) => d.studentT({ df: df.item(), loc, scale }), eventRank: 0 },
  uniform: { make: ({ low, high }) => d.uniform({ low, high }), eventRank: 0 },
  diag_normal: { make: ({ loc, log_scale }) => d.diagonalNormal({ loc, logScale: log_scale }), eventRank: 1 },
  multivariate_normal: { make: multivariate, eventRank: 1, extra: { scale_tril: 1 } },
  mixture_normal: {
    make: (params) => mixtureOf(normal, params),
    eventRank: 0,
    extra: { logits: 1, locs: 1, scales: 1 },
  },
  mixture_diag_normal: {
    make: (params) => mixtureOf(normal, params),
    eventRank: 1,
    extra: { logits: 0, locs: 1, scales: 1 },
  },
  mixture_multivariate_normal: {
    make: (params) => mixtureOf(multivariate, params),
    eventRank: 1,
    extra: { logits: 0, locs: 1, scale_trils: 2 },
  },
  kl_diag_normal: { make: normal, eventRank: 1 },
  kl_multivariate_normal: { make: multivariate, eventRank: 1, extra: { scale_tril: 1 } },
};

function familyOf(name: string): Family {
  return FAMILIES[name] ?? assert.fail(`the adapter knows no distribution ${name}`);
}

/** The shape of the batch that a family's parameters make: what is left of their axes, broadcast. */
function batchShape({ eventRank, extra = {} }: Family, params: Variables): readonly number[] {
  const zeros = Object.entries(params).map(([name, { shape }]) => {
    const own = eventRank + (extra[name] ?? 0);
    return d.zeros(shape.slice(0, Math.max(0, shape.length - own)));
  });
  return zeros.reduce<d.Tensor>((a, b) => d.add(a, b), d.zeros([])).shape;
}

/** One member of a batch of parameters, its axes spread over the batch first. */
function memberOf(
  { eventRank, extra = {} }: Family,
  params: Variables,
  batch: readonly number[],
  index: number[],
): Variables {
  return Object.fromEntries(
    Object.entries(params).map(([name, values]) => {
      const own = Math.min(values.rank, eventRank + (extra[name] ?? 0));
      const event = values.shape.slice(values.rank - own);
      return [name, d.slice(d.broadcastTo(values, [...batch, ...event]), ...index)];
    }),
  );
}

/** All indices of a shape, row-major. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (indices, length) => indices.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}

/** f for each index of the batch, stacked into the shape of the batch. */
function overBatch(batch: readonly number[], f: (index: number[]) => d.Variable): d.Variable {
  return d.reshape(
    d.stack(
      indicesOf(batch).map((index) => d.reshape(f(index), [])),
      0,
    ),
    batch,
  );
}

/** log p(x): coordinate by coordinate, or row by row, where the parameters or the events ask for it. */
function logProb(name: string, params: Variables, x: d.Variable): d.Variable {
  if (name === "standard_normal") return d.standardNormal(x.shape.slice(1)).logProb(x);
  const family = familyOf(name);
  const batch = batchShape(family, params);
  const points = x.shape.slice(0, x.rank - family.eventRank); // one log-density for each
  if (batch.length === 0) {
    const rows = d.reshape(x, [-1, ...x.shape.slice(points.length)]);
    return d.reshape(family.make(params).logProb(rows), points);
  }
  return overBatch(points, (index) =>
    family.make(memberOf(family, params, points, index)).logProb(d.expandDims(d.slice(x, ...index), 0)),
  );
}

function entropy(name: string, params: Variables, x: StoredArray): d.Variable {
  if (name === "standard_normal") return asVariable(d.standardNormal(x.shape.slice(1)).entropy!());
  const family = familyOf(name);
  const batch = batchShape(family, params);
  return overBatch(batch, (index) => asVariable(family.make(memberOf(family, params, batch, index)).entropy!()));
}

function asVariable(value: number | d.Variable): d.Variable {
  return typeof value === "number" ? d.variable(value) : value;
}

/** A generator that gives the stored noise, once. */
function replaying(noise: d.Tensor): d.Random {
  const draw = (shape: readonly number[]): d.Tensor => {
    assert.deepEqual([...shape], [...noise.shape], "the shape of the noise");
    return noise;
  };
  return { normal: draw, uniform: draw } as unknown as d.Random;
}

function leavesOf(arrays: Arrays = {}): Record<string, d.Variable> {
  return Object.fromEntries(Object.entries(loadAll(arrays)).map(([name, values]) => [name, d.variable(values)]));
}

/** Gradients for df, which is a constant here, are not compared. */
function withoutDf(grads: Arrays): Arrays {
  return Object.fromEntries(Object.entries(grads).filter(([name]) => name !== "df"));
}

/** Replays one case. */
export function replayDistribution(stored: DistributionStored): void {
  const { quantity } = stored;
  if (quantity === "log_prob") replayLogProb(stored);
  else if (quantity === "kl") replayDivergence(stored);
  else if (quantity === "rsample") replaySamples(stored);
  else assert.fail(`the adapter knows no quantity ${quantity}`);
}

function replayLogProb(stored: DistributionStored): void {
  const leaves = { ...leavesOf(stored.params), x: d.variable(load(stored.x!)) };
  const { x, ...params } = leaves;
  const values = logProb(stored.distribution, params, x);
  compare("log p", values, stored.log_prob!, valueBound(stored));
  if (stored.grads) {
    compareGradients(
      pairing([values], [stored.grad_log_prob!]),
      leaves,
      withoutDf(stored.grads),
      gradientBound(stored),
    );
  }
  if (stored.entropy === undefined) return;
  const H = entropy(stored.distribution, params, stored.x!);
  compare("the entropy", H, stored.entropy, valueBound(stored));
  if (stored.entropy_grads) {
    compareGradients(
      pairing([H], [stored.grad_entropy!]),
      params,
      withoutDf(stored.entropy_grads),
      gradientBound(stored),
    );
  }
}

function replayDivergence(stored: DistributionStored): void {
  const family = familyOf(stored.distribution);
  const [p, q] = [leavesOf(stored.p), leavesOf(stored.q)];
  const batch = d.add(d.zeros(batchShape(family, p)), d.zeros(batchShape(family, q))).shape;
  const kl = overBatch(batch, (index) =>
    d.klDivergence(family.make(memberOf(family, p, batch, index)), family.make(memberOf(family, q, batch, index))),
  );
  compare("the divergence", kl, stored.kl!, valueBound(stored));
  const named = (prefix: string, leaves: Variables): [string, d.Variable][] =>
    Object.entries(leaves).map(([name, leaf]) => [`${prefix}.${name}`, leaf]);
  const leaves = Object.fromEntries([...named("p", p), ...named("q", q)]);
  if (stored.grads) compareGradients(pairing([kl], [stored.grad_kl!]), leaves, stored.grads, gradientBound(stored));
}

function replaySamples(stored: DistributionStored): void {
  const leaves = leavesOf(stored.params);
  const noise = load(stored.u ?? stored.eps ?? assert.fail("no noise"));
  const names: Readonly<Record<string, string>> = { diag: "diag_normal", mvn: "multivariate_normal" };
  const family = stored.family ?? "";
  const distribution = familyOf(names[family] ?? family).make(leaves);
  const { x } = distribution.sampleWithLogProb!(noise.shape[0], replaying(noise));
  compare("the sample", x, stored.sample!, valueBound(stored));
  if (stored.grads) compareGradients(pairing([x], [stored.grad_sample!]), leaves, stored.grads, gradientBound(stored));
}
