import { autoregressive } from "../../support/flows/autoregressive.ts";
import { checkLayers } from "../../support/flows/everyLayer.ts";

checkLayers(autoregressive);
