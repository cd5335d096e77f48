import { fitMixture } from "../distributions/fitMixture.ts";
import { fitNormal } from "../distributions/fitNormal.ts";
import { Flow } from "../flows/flow.ts";
import { permutation } from "../flows/layers/permutation.ts";
import type { Random } from "../tensor/random.ts";
import { select } from "../training/rows.ts";
import type { FitData } from "./memberTraining.ts";

/** A mixture is fitted to so many rows, and to so many components that rows × components × columns² are about that many … */
const [MIXTURE_ROWS, MIXTURE_WORK] = [5000, 1e7];
/** … but to these at least, and at most. */
const [FEWEST_COMPONENTS, MOST_COMPONENTS] = [2, 30];

/** A model that is fitted without steps of training, as a flow: a Gaussian, or a mixture of some. Throws NotPositiveDefiniteError where columns depend on one another. */
export function closedModel(kind: "gaussian" | "mixture", { train, validation }: FitData, random: Random): Flow {
  const [N, D] = train.x.shape;
  const same = permutation({ permutation: Array.from({ length: D }, (_, i) => i) });
  if (kind === "gaussian") return new Flow(fitNormal(train.x), same);
  const rows = Math.min(N, MIXTURE_ROWS);
  const x = N > rows ? select(train, random.permutation(N).slice(0, rows)).x : train.x;
  const components = Math.round(MIXTURE_WORK / (rows * D * D));
  const mostComponents = Math.max(FEWEST_COMPONENTS, Math.min(MOST_COMPONENTS, components));
  const options = { random, validation: validation.x, mostComponents, tolerance: 1e-3, iterations: 50 };
  return new Flow(fitMixture(x, options), same);
}
