import type { Emitter } from "./emitter.ts";
import { loweringOf } from "./fusing.ts";
import type { Wish } from "./imageRows.ts";
import { affineMapGradientsLowering, affineMapLowering } from "./kernels/affineMaps.ts";
import { conv2dInputLowering, conv2dLowering } from "./kernels/convolutions.ts";
import { conv2dWeightLowering } from "./kernels/convolutionWeights.ts";
import { matmulLowering } from "./kernels/matmuls.ts";
import { concatLowering, scatterAddLowering, splitLowering, takeLowering } from "./kernels/moves.ts";
import { splineGradientsLowering, splineLowering } from "./kernels/splines.ts";
import { sumLowering } from "./kernels/sums.ts";
import { padLowering, permuteLowering, sliceLowering } from "./kernels/views.ts";
import type { Op, Storage } from "./program.ts";

/** How a kernel of that name is put into a plan. */
export interface KernelLowering {
  /** Whether it can do this: the plan calls `forward` otherwise. */
  readonly can: (op: Op) => boolean;
  /** How many numbers it needs for itself while it works: one buffer each. */
  readonly workspace: (op: Op, isInRows: (storage: Storage) => boolean) => readonly number[];
  /** Numbers that it reads, the same in every run. */
  readonly constants: (op: Op) => readonly Float64Array[];
  /** The inputs and outputs that may have rows longer than they need to be, as matrices of that many columns. */
  readonly pitched: (op: Op) => readonly (number | null)[];
  /** The outputs that are sums over so many rows, in the order of kernels/shards.ts: sums over parts of the rows may be added to them. */
  readonly sums?: (op: Op, rows: number) => readonly number[];
  /** The inputs and outputs that it likes best as rows of channels (imageRows.ts): it must be able to do without. */
  readonly imageRows?: (op: Op) => readonly Wish[];
  /** Writes its calls. */
  readonly emit: (op: Op, emit: Emitter) => void;
}

/** The kernels that rules name as their lowering. */
export const LOWERINGS: Readonly<Record<string, KernelLowering>> = {
  affineMap: affineMapLowering,
  affineMapGradients: affineMapGradientsLowering,
  conv2d: conv2dLowering,
  conv2dInput: conv2dInputLowering,
  conv2dWeight: conv2dWeightLowering,
  sum: sumLowering,
  spline: splineLowering,
  splineGradients: splineGradientsLowering,
  matmul: matmulLowering,
  permute: permuteLowering,
  slice: sliceLowering,
  pad: padLowering,
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
