import { elements } from "../../support/flows/elements.ts";
import { checkLayers } from "../../support/flows/everyLayer.ts";

checkLayers(elements);
