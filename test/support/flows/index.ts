import { autoregressive } from "./autoregressive.ts";
import { elements } from "./elements.ts";
import { images } from "./images.ts";
import type { LayerRow } from "./layerRow.ts";
import { LINEAR_LAYERS } from "./linear.ts";
import { PLAIN_LAYERS } from "./plain.ts";

/** Every layer and recipe there is; plain ones are tested in test/property/everyLayer/, the others in test/slow/. */
export const LAYERS: readonly LayerRow[] = [
  ...PLAIN_LAYERS,
  ...autoregressive,
  ...LINEAR_LAYERS,
  ...elements,
  ...images,
];
