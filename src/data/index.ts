export { twoMoons } from "./twoMoons.ts";
