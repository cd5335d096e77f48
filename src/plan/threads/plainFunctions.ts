import * as elementary from "../../tensor/kernels/elementary.ts";

/** The plain functions that kernels call for numbers to which a formula does not apply, by names that another thread knows. */
export const PLAIN_FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  exp: elementary.exp,
  expm1: elementary.expm1,
  log: elementary.log,
  log1p: elementary.log1p,
  sigmoid: elementary.sigmoid,
  softplus: elementary.softplus,
  logSigmoid: elementary.logSigmoid,
};

/** The names of those functions; null if another thread does not know one of them. */
export function namesOfPlain(functions: readonly ((x: number) => number)[]): string[] | null {
  const known = Object.entries(PLAIN_FUNCTIONS);
  const names = functions.flatMap((f) => known.find(([, each]) => each === f)?.[0] ?? []);
  return names.length === functions.length ? names : null;
}
