import { loweringOf } from "./chains.ts";
import type { Emitter } from "./emitter.ts";
import { affineMapGradientsLowering, affineMapLowering } from "./kernels/affine.ts";
import { concatLowering, scatterAddLowering, splitLowering, takeLowering } from "./kernels/moves.ts";
import { splineGradientsLowering, splineLowering } from "./kernels/splines.ts";
import { sumLowering } from "./kernels/sums.ts";
import type { Op } from "./program.ts";

/** How a kernel of that name is put into a plan. */
export interface KernelLowering {
  /** Whether it can do this: the plan calls `forward` otherwise. */
  readonly can: (op: Op) => boolean;
  /** How many numbers it needs for itself while it works: one buffer each. */
  readonly workspace: (op: Op) => readonly number[];
  /** Numbers that it reads, the same in every run. */
  readonly constants: (op: Op) => readonly Float64Array[];
  /** The inputs and outputs that may have rows longer than they need to be, as matrices of that many columns. */
  readonly pitched: (op: Op) => readonly (number | null)[];
  /** The outputs that are sums over so many rows, in the order of kernels/shards.ts: sums over parts of the rows may be added to them. */
  readonly sums?: (op: Op, rows: number) => readonly number[];
  /** Writes its calls. */
  readonly emit: (op: Op, emit: Emitter) => void;
}

/** The kernels that rules name as their lowering. */
export const LOWERINGS: Readonly<Record<string, KernelLowering>> = {
  affineMap: affineMapLowering,
  affineMapGradients: affineMapGradientsLowering,
  sum: sumLowering,
  spline: splineLowering,
  splineGradients: splineGradientsLowering,
  take: takeLowering,
  scatterAdd: scatterAddLowering,
  split: splitLowering,
  concat: concatLowering,
};

/** The kernel that does an op, if there is one. */
export function kernelFor(op: Op): KernelLowering | null {
  const name = loweringOf(op);
  if (typeof name !== "string") return null;
  const kernel = LOWERINGS[name];
  return kernel?.can(op) ? kernel : null;
}
