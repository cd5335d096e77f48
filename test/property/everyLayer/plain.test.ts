import { checkGradients, checkLayers } from "../../support/flows/everyLayer.ts";
import { PLAIN_LAYERS } from "../../support/flows/plain.ts";

checkLayers(PLAIN_LAYERS);
checkGradients(PLAIN_LAYERS);
