import { checkLayers } from "../../support/flows/everyLayer.ts";
import { images } from "../../support/flows/images.ts";

checkLayers(images);
