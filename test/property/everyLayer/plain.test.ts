import { checkLayers } from "../../support/everyLayer.ts";
import { PLAIN_LAYERS } from "../../support/flows.ts";

checkLayers(PLAIN_LAYERS);
