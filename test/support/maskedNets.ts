import { type Activation, type MaskedMlpOptions, Random, type Tensor } from "diffeo";
import fc from "fast-check";
import { seeds } from "./arbitraries.ts";

/** The options of a masked net of any kind, and what to try it on. */
export interface NetChoice {
  readonly options: Omit<MaskedMlpOptions, "outputsPerDimension" | "random">;
  readonly batch: number;
  readonly seed: number;
}

/** A random directed graph without circles: dependencies[i][j] = 1 only where j comes before i in a random order. */
export function randomDependencies(D: number, random: Random, density = 0.6): number[][] {
  const rank = random.permutation(D);
  const coins = random.uniform([D, D]);
  return rank.map((own, i) => rank.map((other, j) => (other < own && coins.at(i, j) < density ? 1 : 0)));
}

/** Masks without structure: any entry may be 1 as long as nothing comes to depend on itself. */
export function randomMasks(
  D: number,
  P: number,
  hidden: readonly number[],
  residual: boolean,
  random: Random,
): number[][] {
  const rank = random.permutation(D);
  const widths = residual ? Array<number>(1 + 2 * hidden.length).fill(hidden[0]) : hidden;
  // a unit of level m may see what has rank or level m or less; an output must stay below the rank of its own coordinate
  const levels: (readonly number[])[] = [rank];
  const masks: number[][] = [];
  const draw = (rows: readonly number[], columns: readonly number[]): number[] => {
    const coins = random.uniform([rows.length, columns.length]);
    return rows.flatMap((own, i) => columns.map((other, j) => (other <= own && coins.at(i, j) < 0.8 ? 1 : 0)));
  };
  widths.forEach((width, l) => {
    let next = Array.from(random.integers([width], D).data);
    const endsBlock = residual && l > 0 && l % 2 === 0;
    if (endsBlock) next = next.map((level, k) => Math.max(level, levels[l - 1][k])); // the skip brings along what that one saw
    masks.push(draw(next, levels[l]));
    levels.push(next);
  });
  const outputs = Array.from({ length: P * D }, (_, row) => rank[row % D] - 1);
  masks.push(draw(outputs, levels[levels.length - 1]));
  return masks;
}

// masks more often than the rest: only they make layers whose units are computed in an order that is not theirs
const kinds = fc.constantFrom("natural", "reversed", "random", "ties", "dependencies", "masks", "masks", "masks");
const activations = fc.constantFrom<Activation[]>("tanh", "silu", "softplus");

/** Masked nets of any kind, with P outputs per coordinate. */
export function netChoices(P: number, largestD = 6, largestBatch = 9): fc.Arbitrary<NetChoice> {
  return fc
    .record({
      D: fc.oneof(
        { weight: 1, arbitrary: fc.constant(1) },
        { weight: 7, arbitrary: fc.integer({ min: 2, max: largestD }) },
      ),
      kind: kinds,
      widths: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
      residual: fc.boolean(),
      activation: activations,
      context: fc.integer({ min: 0, max: 2 }),
      batch: fc.integer({ min: 0, max: largestBatch }),
      seed: seeds,
    })
    .map(({ D, kind, widths, residual, activation, context, batch, seed }) => {
      const random = new Random(seed);
      const isResidual = residual && widths.length > 0;
      const hidden = isResidual ? widths.map(() => widths[0]) : widths;
      const structure = {
        natural: () => ({ order: "natural" as const }),
        reversed: () => ({ order: "reversed" as const }),
        random: () => ({ order: "random" as const }),
        ties: () => ({ order: Array.from(random.integers([D], 3).data) }),
        dependencies: () => ({ dependencies: randomDependencies(D, random) }),
        masks: () => ({ masks: randomMasks(D, P, hidden, isResidual, random) }),
      }[kind]();
      return {
        options: { dimensions: D, hidden, residual: isResidual, activation, context, ...structure },
        batch,
        seed,
      };
    });
}

/** A context of that width for the batch, or none. */
export function contextFor(width: number | undefined, batch: number, random: Random): Tensor | undefined {
  return width === undefined || width === 0 ? undefined : random.normal([batch, width]);
}
