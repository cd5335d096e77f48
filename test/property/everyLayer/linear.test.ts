import { checkGradients, checkLayers } from "../../support/flows/everyLayer.ts";
import { LINEAR_LAYERS } from "../../support/flows/linear.ts";

checkLayers(LINEAR_LAYERS);
checkGradients(LINEAR_LAYERS);
