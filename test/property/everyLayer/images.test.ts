import { checkLayers } from "../../support/everyLayer.ts";
import { images } from "../../support/flows/images.ts";

checkLayers(images);
