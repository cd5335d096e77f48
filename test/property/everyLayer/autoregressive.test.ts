import { checkLayers } from "../../support/everyLayer.ts";
import { autoregressive } from "../../support/flows/autoregressive.ts";

checkLayers(autoregressive);
