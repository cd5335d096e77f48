import { type FittedMixture, fitMixture } from "../distributions/fitMixture.ts";
import { fitNormal } from "../distributions/fitNormal.ts";
import { Flow } from "../flows/flow.ts";
import { permutation } from "../flows/layers/permutation.ts";
import type { Random } from "../tensor/random.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { select } from "../training/rows.ts";
import type { FitData } from "./memberTraining.ts";

/** A mixture is chosen among so many rows, and with so many components that rows × components × columns² are about that many … */
const [MIXTURE_ROWS, MIXTURE_WORK] = [5000, 1e7];
/** … but with these at least, and at most. */
const [FEWEST_COMPONENTS, MOST_COMPONENTS] = [2, 30];
/** When a fit has come close enough. */
export const NEAR_ENOUGH = { tolerance: 1e-3, iterations: 50 } as const;

/** A model that is fitted without steps of training, as a flow: a Gaussian, or a mixture of some. Throws NotPositiveDefiniteError where columns depend on one another. */
export function closedModel(kind: "gaussian" | "mixture", { train, validation }: FitData, random: Random): Flow {
  const D = train.x.shape[1];
  const same = permutation({ permutation: Array.from({ length: D }, (_, i) => i) });
  return new Flow(kind === "gaussian" ? fitNormal(train.x) : someMixture(train.x, random, validation.x), same);
}

/** A mixture of Gaussians in a few seconds, whatever the table: of some of the rows x [N, D] if they are many. The validation rows, or a tenth of those, choose the number of components. */
export function someMixture(x: Tensor, random: Random, validation?: Tensor): FittedMixture {
  const [N, D] = x.shape;
  const rows = Math.min(N, MIXTURE_ROWS);
  const some = N > rows ? select({ x }, random.permutation(N).slice(0, rows)).x : x;
  const components = Math.round(MIXTURE_WORK / (rows * D * D));
  const mostComponents = Math.max(FEWEST_COMPONENTS, Math.min(MOST_COMPONENTS, components));
  return fitMixture(some, { random, mostComponents, ...NEAR_ENOUGH, ...(validation && { validation }) });
}
