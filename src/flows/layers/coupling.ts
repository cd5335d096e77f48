import { take } from "../../autograd/ops/indexing.ts";
import { concat } from "../../autograd/ops/shape.ts";
import type { Variable } from "../../autograd/variable.ts";
import type { Conditioner, ConditionerSizes } from "../../nets/conditioner.ts";
import { type MlpOptions, mlp } from "../../nets/mlp.ts";
import { DomainError, ShapeError } from "../../tensor/errors.ts";
import type { Random } from "../../tensor/random.ts";
import { checkBatch } from "../../tensor/shape.ts";
import type { Bijection } from "../bijection.ts";
import { type AffineElementOptions, affineElement } from "../elements/affine.ts";
import type { Element } from "../elements/element.ts";
import { halvesMask } from "../masks.ts";
import { inversePermutation } from "./permutation.ts";

// B batch, D = Da + Db coordinates, P raw numbers per moved coordinate

/** What {@link coupling} takes. */
export interface CouplingOptions {
  /** D, at least 2. */
  readonly dimensions: number;
  /** 1: passes unchanged and conditions; 0: is moved. The first half passes by default. */
  readonly mask?: ArrayLike<number>;
  readonly element: Element;
  /** The net that sees the passing coordinates, or what makes one of the right sizes; `mlp` by default. */
  readonly conditioner?: Conditioner | ((sizes: ConditionerSizes) => Conditioner);
  /** The width of the context; 0 for none. */
  readonly context?: number;
  readonly random: Random;
}

/**
 * z_a = x_a,  z_b = element(x_b; net(x_a)): one part of the coordinates passes, and says how the other part is moved.
 *
 * Log-det: that of the element; J is block triangular, with the identity in the block of x_a.
 * Inverse: x_a = z_a, x_b = element⁻¹(z_b; net(z_a)): the net is never inverted.
 * Parameters: the net's; its last layer starts at zero, so that the layer starts at the identity (affine elements).
 * Smoothness: that of element and net. Cost: one pass of the net both ways.
 * Throws DomainError for D < 2 or a mask that moves nothing or lets nothing pass, ShapeError for other sizes.
 * Reference: Dinh, Krueger & Bengio (2015), https://arxiv.org/abs/1410.8516.
 */
export function coupling(options: CouplingOptions): Bijection {
  const { dimensions, mask = halvesMask(dimensions), element, conditioner = mlp, context = 0, random } = options;
  const { passing, moved } = parts("coupling", dimensions, mask);
  const net =
    typeof conditioner === "function"
      ? conditioner({ inputs: passing.length, outputs: element.rawPerDimension * moved.length, context, random })
      : conditioner;
  for (const parameter of net.parameters) parameter.rename(`conditioner.${parameter.name}`);

  const restore = inversePermutation([...passing, ...moved]);
  const join = (a: Variable, b: Variable): Variable => take(concat([a, b], 1), restore, 1);
  const shape = [dimensions];
  return {
    dataShape: shape,
    latentShape: shape,
    parameters: net.parameters,
    buffers: new Map(),
    definition: {
      type: "coupling",
      dimensions,
      mask: Array.from(mask),
      context,
      element: element.definition,
      conditioner: net.definition,
    },
    cost: { forward: "parallel", inverse: "parallel" },
    forward(x, contextValues) {
      checkBatch("coupling", x.shape, shape);
      const xa = take(x, passing, 1); // [B, Da]
      const xb = take(x, moved, 1); // [B, Db]
      const raw = net.apply(xa, contextValues); // [B, P·Db]
      const { z: zb, logDet } = element.forward(xb, raw);
      return { z: join(xa, zb), logDet };
    },
    inverse(z, contextValues) {
      checkBatch("coupling", z.shape, shape);
      const za = take(z, passing, 1);
      const zb = take(z, moved, 1);
      const raw = net.apply(za, contextValues);
      const { x: xb, logDet } = element.inverse(zb, raw);
      return { x: join(za, xb), logDet };
    },
  };
}

/** What couplings of a certain element take: a coupling's options but the element, and those of the net they make. */
export interface NetCouplingOptions
  extends Omit<CouplingOptions, "element">,
    Pick<MlpOptions, "hidden" | "activation"> {}

/** A coupling with that element, and with an mlp of those hidden layers if there is no other conditioner. */
export function couplingWith(operation: string, element: Element, options: NetCouplingOptions): Bijection {
  const { dimensions, mask, context, random, conditioner, hidden, activation } = options;
  if (dimensions < 2) throw new DomainError(`${operation}: D must be at least 2; got ${dimensions}`);
  return coupling({
    dimensions,
    random,
    element,
    conditioner: conditioner ?? ((sizes) => mlp({ ...sizes, ...defined({ hidden, activation }) })),
    ...defined({ mask, context }),
  });
}

/** What {@link affineCoupling} takes: the options of a coupling and its net, and those of its element. */
export interface AffineCouplingOptions extends NetCouplingOptions, AffineElementOptions {}

/**
 * RealNVP's layer: z_a = x_a,  z_b = (x_b − μ(x_a))·exp(−log σ(x_a)). A coupling with an affine element.
 *
 * Log-det: −Σ log σ. Inverse: x_b = z_b·σ(z_a) + μ(z_a). Parameters: the net's, log σ bounded. Smoothness: C∞.
 * Cost: one pass of the net both ways. Throws as {@link coupling}.
 * Reference: Dinh, Sohl-Dickstein & Bengio (2017), https://arxiv.org/abs/1605.08803.
 */
export function affineCoupling(options: AffineCouplingOptions): Bijection {
  return couplingWith("affineCoupling", affineElement(options), options);
}

/** The options that are there: `undefined` must not hide a default. */
function defined<Options extends object>(options: Options): { [K in keyof Options]?: NonNullable<Options[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

/** The indices that pass and those that are moved. */
function parts(
  operation: string,
  dimensions: number,
  mask: ArrayLike<number>,
): { passing: readonly number[]; moved: readonly number[] } {
  if (!Number.isInteger(dimensions) || dimensions < 2) {
    throw new DomainError(`${operation}: D must be at least 2; got ${dimensions}`);
  }
  if (mask.length !== dimensions) {
    throw new ShapeError(
      `${operation}: the mask needs one entry per coordinate; got ${mask.length} for D = ${dimensions}`,
    );
  }
  const entries = Array.from(mask);
  const indices = entries.map((_, i) => i);
  const passing = indices.filter((i) => entries[i] === 1);
  const moved = indices.filter((i) => entries[i] === 0);
  if (passing.length + moved.length !== dimensions || passing.length === 0 || moved.length === 0) {
    throw new DomainError(`${operation}: a mask has zeros and ones, and some of each; got [${entries.join(",")}]`);
  }
  return { passing, moved };
}
