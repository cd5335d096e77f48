import type { FlowDefinition } from "../flows/index.ts";
import { describeModel } from "../io/index.ts";
import type { Values } from "./commandOptions.ts";
import { readBytes } from "./modelInput.ts";
import { print } from "./output.ts";
import { nameOfInput } from "./tableInput.ts";

/** `diffeo inspect MODEL`: what a model file says about itself; the flow is not made. Returns the exit code. */
export async function inspect(values: Values, [file]: readonly string[]): Promise<number> {
  const bytes = readBytes(file);
  const { version, sha256, definition, extra, tensors, checkpoint } = describeModel(bytes);
  const numbers = [...tensors]
    .filter(([name]) => name.startsWith("parameters."))
    .map(([, shape]) => shape.reduce((size, side) => size * side, 1));
  const parameters = numbers.reduce((total, size) => total + size, 0);
  const layers = layersOf(definition);
  const result = {
    file,
    bytes: bytes.length,
    version,
    sha256,
    checkpoint,
    base: definition.base.type,
    layers,
    parameters,
    extra,
  };
  if (values.json) {
    await print(`${JSON.stringify({ ...result, tensors: Object.fromEntries(tensors) })}\n`);
    return 0;
  }
  const { columns, conditions, seed, steps, data, model } = extra as Record<string, unknown>;
  const list = (names: unknown): string | null => (Array.isArray(names) && names.length > 0 ? names.join(", ") : null);
  const facts: readonly (readonly [string, unknown])[] = [
    ["written by", `diffeo ${version}${checkpoint ? ", a checkpoint: training can go on from it" : ""}`],
    ["columns", list(columns)],
    ["given", list(conditions)],
    ["model", model],
    ["flow", `${layers.join(" → ")} → ${definition.base.type}`],
    ["parameters", parameters.toLocaleString("en")],
    ["seed", seed],
    ["steps", steps],
    ["data", data === undefined ? null : `SHA-256 ${data}`],
    ["content", `SHA-256 ${sha256}, as stated`],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== undefined);
  await print(
    [
      `${nameOfInput(file)}, ${bytes.length.toLocaleString("en")} bytes`,
      ...known.map(([name, value]) => `  ${name.padEnd(12)}${value}`),
    ]
      .map((line) => `${line}\n`)
      .join(""),
  );
  return 0;
}

/** The types of the layers that data meet, in order. */
function layersOf({ bijection }: FlowDefinition): string[] {
  const { layers } = bijection as { layers?: unknown };
  const all = Array.isArray(layers) ? layers : [bijection];
  return all.map((layer) => String((layer as { type?: unknown } | null)?.type));
}
