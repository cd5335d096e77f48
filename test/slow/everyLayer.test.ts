import { autoregressive } from "../support/flows/autoregressive.ts";
import { elements } from "../support/flows/elements.ts";
import { checkGradients, checkLayers } from "../support/flows/everyLayer.ts";
import { images } from "../support/flows/images.ts";
import { LINEAR_LAYERS } from "../support/flows/linear.ts";

// All layers but the plain ones (test/property/everyLayer): those with nets and matrices in them, whose parameters are hundreds, and images of 24 coordinates.
const rows = [...LINEAR_LAYERS, ...autoregressive, ...elements, ...images];
checkLayers(rows);
checkGradients(rows);
