import { activations } from "./activations.ts";
import { elementwise } from "./elementwise.ts";
import { moves } from "./moves.ts";
import type { OpRow } from "./opCase.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { selections } from "./selections.ts";

/** Every op of diffeo/autograd: a new op is a new row. */
export const OPS: readonly OpRow[] = [
  ...elementwise,
  ...selections,
  ...activations,
  ...reductions,
  ...moves,
  ...products,
];
