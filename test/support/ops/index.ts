import { activations } from "./activations.ts";
import { arrangements } from "./arrangements.ts";
import { elementwise } from "./elementwise.ts";
import { lanes } from "./lanes.ts";
import { linalg } from "./linalg.ts";
import { moves } from "./moves.ts";
import type { OpRow } from "./opCase.ts";
import { parts } from "./parts.ts";
import { products } from "./products.ts";
import { argMaxima, reductions } from "./reductions.ts";
import { selections } from "./selections.ts";

/** Every op of diffeo/autograd: a new op is a new row. */
export const OPS: readonly OpRow[] = [
  ...elementwise,
  ...[...selections, ...activations],
  ...[...reductions, argMaxima, ...lanes],
  ...[...moves, ...arrangements, ...parts],
  ...[...products, ...linalg],
];
