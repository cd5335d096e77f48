import { checkLayers } from "../../support/everyLayer.ts";
import { elements } from "../../support/flows/elements.ts";

checkLayers(elements);
