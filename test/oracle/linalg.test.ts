import { it } from "vitest";
import { replayLinearAlgebra } from "../support/oracle/linalg.ts";
import { replayFile } from "../support/oracle/replay.ts";

replayFile("linalg.json", replayLinearAlgebra);

it.each([
  // M·Mᵀ + c·I = [[4,3],[3,6]] and [[4,2],[2,7]]
  ["wide", { shape: [2, 3], data: [1, 1, 1, 1, 0, 2] }, 1, [2, 0, 1.5, Math.sqrt(3.75)]],
  ["tall", { shape: [2, 1], data: [1, 2] }, 3, [2, 0, 1, Math.sqrt(6)]],
])("a case of L·Lᵀ = M·Mᵀ + c·I is replayed for a %s M, too", (_name, m, c, factor) => {
  const outputs = { L: { shape: [2, 2], data: factor } };
  replayLinearAlgebra({ id: "", op: "cholesky_mmt", inputs: { m }, params: { c }, outputs, tol_norm: 1e-15 });
});
