import { autoregressive } from "../../support/flows/autoregressive.ts";
import { checkGradients, checkLayers } from "../../support/flows/everyLayer.ts";

checkLayers(autoregressive);
checkGradients(autoregressive);
