import { elementwise } from "./elementwise.ts";
import { linalg } from "./linalg.ts";
import { moves } from "./moves.ts";
import type { OpRow } from "./opCase.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";

/** Every op of diffeo/autograd: a new op is a new row. */
export const OPS: readonly OpRow[] = [...elementwise, ...reductions, ...moves, ...products, ...linalg];
