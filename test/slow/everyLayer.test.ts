import { elements } from "../support/flows/elements.ts";
import { checkGradients, checkLayers } from "../support/flows/everyLayer.ts";
import { images } from "../support/flows/images.ts";

// The rest of test/property/everyLayer: their points have up to 24 coordinates, and their parameters are hundreds.
checkLayers(images);
checkGradients([...elements, ...images]);
