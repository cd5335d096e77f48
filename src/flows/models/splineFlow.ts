// x → K times (actNorm → spline layer), the parts exchanged each time → z ∼ N(0, I).

import { checkNet, NET } from "../../nets/conditioner.ts";
import { checkFlag } from "../../tensor/checks.ts";
import { DomainError } from "../../tensor/errors.ts";
import { checkOptions } from "../../tensor/options.ts";
import { checkCount } from "../../tensor/shape.ts";
import { type BaseOptions, baseOf } from "../bases.ts";
import { checkLayers } from "../compose.ts";
import { SPLINE, splineElement } from "../elements/spline.ts";
import { Flow } from "../flow.ts";
import { actNorm } from "../layers/actNorm.ts";
import { maskedAutoregressive } from "../layers/maskedAutoregressive.ts";
import { type SplineCouplingOptions, splineCoupling } from "../layers/splineCoupling.ts";
import { alternatingMask, complement } from "../masks.ts";
import { alternating } from "./maf.ts";
import { withUnits } from "./withUnits.ts";

/** What {@link splineFlow} takes. */
export interface SplineFlowOptions
  extends BaseOptions,
    Omit<SplineCouplingOptions, "dimensions" | "mask" | "conditioner" | "kernels"> {
  /** D, at least 2; autoregressive, at least 1. */
  readonly dimensions: number;
  /** K, the number of spline layers; 6 by default. */
  readonly layers?: number;
  /** false (the default): coupling layers; true: autoregressive ones, which take one pass for densities, and D steps for samples. */
  readonly autoregressive?: boolean;
}

/**
 * A neural spline flow: K layers of monotone rational-quadratic splines, each after an actNorm, over N(0, I). Couplings let even and
 * odd coordinates pass in turn; autoregressive layers have the natural and the reversed order in turn.
 *
 * Starts at the identity. 2K layers in all, and {@link withUnits one more}. Cost: K passes of the nets both ways; autoregressive, samples take K·D dependent steps.
 * Throws DomainError for K < 1, and for D < 2 (autoregressive: D < 1).
 * Reference: Durkan, Bekasov, Murray & Papamakarios (2019), https://arxiv.org/abs/1906.04032; they mix coordinates by LU
 * linear layers where we take turns.
 *
 * @example
 * const flow = splineFlow({ dimensions: 2, random: new Random(1) });
 * flow.logProb(tensor([[0, 0]])); // [-1.83788], N(0, I) at the start
 */
export function splineFlow(options: SplineFlowOptions): Flow {
  checkOptions("splineFlow", options, {
    dimensions: true,
    layers: true,
    autoregressive: true,
    base: true,
    ...NET,
    ...SPLINE,
  });
  checkNet("splineFlow", options);
  const { dimensions, layers = 6, autoregressive = false, base, ...coupled } = options;
  checkFlag("splineFlow", "autoregressive", autoregressive);
  if (autoregressive) {
    const { hidden, activation, context, random, ...elementOptions } = coupled;
    const netOptions = { dimensions, hidden, activation, context, random };
    const element = splineElement(elementOptions);
    return alternating("splineFlow", { dimensions, layers, base, random }, (order) =>
      maskedAutoregressive({ ...netOptions, element, order }),
    );
  }
  if (dimensions === 1) {
    throw new DomainError("splineFlow: D must be at least 2 for couplings; got 1: say autoregressive: true");
  }
  checkLayers("splineFlow", "layers", layers);
  checkCount("splineFlow", "D", dimensions, 2);
  const even = alternatingMask(dimensions);
  const blocks = Array.from({ length: layers }, (_, k) => [
    actNorm({ dimensions }),
    splineCoupling({ ...coupled, dimensions, mask: k % 2 === 0 ? even : complement(even) }),
  ]);
  return new Flow(baseOf("splineFlow", base, [dimensions], coupled.random), withUnits(dimensions, blocks.flat()));
}
