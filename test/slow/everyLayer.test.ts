import { autoregressive } from "../support/flows/autoregressive.ts";
import { elements } from "../support/flows/elements.ts";
import { checkGradients, checkLayers } from "../support/flows/everyLayer.ts";
import { images } from "../support/flows/images.ts";
import { LINEAR_LAYERS } from "../support/flows/linear.ts";
import { PLAIN_LAYERS } from "../support/flows/plain.ts";

// Every layer; random stacks of them are tested in test/property/stacks.test.ts.
const rows = [...PLAIN_LAYERS, ...LINEAR_LAYERS, ...autoregressive, ...elements, ...images];
checkLayers(rows);
checkGradients(rows);
