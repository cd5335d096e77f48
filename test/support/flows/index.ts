import { autoregressive } from "./autoregressive.ts";
import { elements } from "./elements.ts";
import { images } from "./images.ts";
import type { LayerRow } from "./layerRow.ts";
import { LINEAR_LAYERS } from "./linear.ts";
import { PLAIN_LAYERS } from "./plain.ts";

/** Every layer and recipe there is; each group has its file of tests in test/property/everyLayer/, images in test/slow/. */
export const LAYERS: readonly LayerRow[] = [
  ...PLAIN_LAYERS,
  ...autoregressive,
  ...LINEAR_LAYERS,
  ...elements,
  ...images,
];
