// The public names: those of every folder but the command's, which lists its own in its index.ts.

export * from "./autograd/index.ts";
export * from "./data/index.ts";
export * from "./density/index.ts";
export * from "./distributions/index.ts";
export * from "./flows/index.ts";
export * from "./io/index.ts";
export * from "./nets/index.ts";
export * from "./plot/index.ts";
export * from "./tensor/index.ts";
export * from "./training/index.ts";
