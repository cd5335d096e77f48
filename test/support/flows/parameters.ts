// Moves parameters away from their start, as `checkBijection` does.
export { perturbParameters, randomizeParameters } from "../../../src/flows/randomParameters.ts";
