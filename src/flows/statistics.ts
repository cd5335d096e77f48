// (x − mean)/deviation, with statistics that are data, not parameters: no optimiser moves them, so units of measurement do not matter.
import { add, div, mul, sub } from "../autograd/ops/arithmetic.ts";
import { reshape } from "../autograd/ops/broadcast.ts";
import { permute } from "../autograd/ops/rearrange.ts";
import { noGrad } from "../autograd/rule.ts";
import { type ColumnStatistics, checkVaries, columnStatistics } from "../tensor/columnStatistics.ts";
import type { Place } from "../tensor/definitions/reading.ts";
import { log } from "../tensor/kernels/elementary.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { ones, type Tensor, tensor, zeros } from "../tensor/tensor.ts";

// B points of D coordinates, or of C channels of H·W pixels

/** A first pass of data: what has been taken so far, and all rows of tensors that are samples of them. */
interface FirstPass {
  readonly taken: Map<Statistics, ColumnStatistics>;
  readonly whole: ReadonlyMap<Tensor, Tensor>;
}

let firstPass: FirstPass | null = null;

/** Whether a first pass of data is under way. */
export function isFirstPass(): boolean {
  return firstPass !== null;
}

/**
 * Runs a first pass of data through layers, in which each {@link Statistics} that has none yet takes those of what it is given. All take
 * theirs, or none: if the pass throws, nothing has changed. `whole` has all rows of tensors that are samples of them.
 */
export function takeStatistics(pass: () => void, whole: ReadonlyMap<Tensor, Tensor> = new Map()): void {
  if (firstPass !== null) {
    pass(); // part of a pass
    return;
  }
  firstPass = { taken: new Map(), whole };
  const { taken } = firstPass;
  try {
    noGrad(pass);
  } finally {
    firstPass = null;
  }
  for (const [statistics, columns] of taken) statistics.set(columns);
}

/**
 * Where the coordinates (of images: channels) of the first data were centred, and how wide they were. Until there have been any it leaves
 * everything as it is.
 */
export class Statistics {
  /** What is saved: `mean` and `deviation`, [D] or [C], and whether they are known (`initialized`, 1 or 0). */
  readonly buffers: ReadonlyMap<string, Tensor>;
  readonly #operation: string;
  readonly #shape: Shape;
  readonly #constant: "refused" | "centred";
  readonly #buffers: Map<string, Tensor>;
  #known: ColumnStatistics | null = null;

  /** Of points of that shape, in the name of an operation; what is constant in the first data is refused, or centred and no more. */
  constructor(operation: string, shape: Shape, constant: "refused" | "centred" = "refused") {
    this.#operation = operation;
    this.#shape = shape;
    this.#constant = constant;
    this.#buffers = new Map([
      ["mean", zeros([shape[0]])],
      ["deviation", ones([shape[0]])],
      ["initialized", tensor(0)],
    ]);
    this.buffers = this.#buffers;
  }

  /** Sets them for good. */
  set(columns: ColumnStatistics): void {
    this.#known = columns;
    for (const [name, value] of Object.entries({ ...columns, initialized: tensor(1) })) this.#buffers.set(name, value);
  }

  /** Sets them to what was saved under those names. Throws DomainError for what is missing or makes no sense. */
  restore(at: Place, prefix = ""): void {
    const D = this.#shape[0];
    at.claim(2 * D + 1);
    const [mean, deviation] = [at.buffer(`${prefix}mean`, [D]), at.buffer(`${prefix}deviation`, [D])];
    const known = at.buffer(`${prefix}initialized`, []).item();
    const positive = deviation.data.every((value) => value > 0 && Number.isFinite(value));
    if (!(positive && mean.data.every(Number.isFinite) && (known === 0 || known === 1))) {
      throw at.refusal("needs finite means, positive deviations, and a buffer initialized of 0 or 1");
    }
    if (known === 1) this.set({ mean, deviation });
  }

  /** Whether there are any, or are being taken. */
  get known(): boolean {
    return this.#current() !== null;
  }

  /**
   * (x − mean)/deviation; in a first pass, if there are none yet and they may be taken, those of x. Throws DomainError for a column of the
   * first data that is constant.
   */
  forward(x: Tensor, mayTake = true): Tensor {
    if (mayTake) this.#take(x);
    const known = this.#current();
    return known === null ? x : div(sub(x, this.#stretched(known.mean)), this.#stretched(known.deviation));
  }

  /** z·deviation + mean */
  inverse(z: Tensor): Tensor {
    const known = this.#current();
    return known === null ? z : add(mul(z, this.#stretched(known.deviation)), this.#stretched(known.mean));
  }

  /** log|det| of {@link inverse}: Σ log deviation, of images H·W times that. */
  get logDeviation(): number {
    const known = this.#current();
    if (known === null) return 0;
    return known.deviation.data.reduce((total, value) => total + log(value), 0) * sizeOf(this.#shape.slice(1));
  }

  #current(): ColumnStatistics | null {
    return this.#known ?? firstPass?.taken.get(this) ?? null;
  }

  #take(x: Tensor): void {
    if (firstPass === null || this.#current() !== null) return;
    const rows = this.#rowsOf(firstPass.whole.get(x) ?? x);
    const words = this.#shape.length === 1 ? (["column", "rows"] as const) : (["channel", "pixels"] as const);
    const { mean, deviation } = columnStatistics(this.#operation, rows, words);
    if (this.#constant === "refused") checkVaries(this.#operation, { mean, deviation }, rows, words);
    firstPass.taken.set(this, { mean, deviation: tensor(deviation.data.map((value) => value || 1)) });
  }

  /** x [B, D] as it is; images [B, C, H, W] as the pixels of each channel, [B·H·W, C]. */
  #rowsOf(x: Tensor): Tensor {
    if (this.#shape.length === 1) return x;
    return reshape(permute(x, [0, 2, 3, 1]), [x.shape[0] * sizeOf(this.#shape.slice(1)), this.#shape[0]]);
  }

  /** One number for each channel, in a shape that stretches over the pixels. */
  #stretched(values: Tensor): Tensor {
    return this.#shape.length === 1 ? values : reshape(values, [this.#shape[0], 1, 1]);
  }
}
