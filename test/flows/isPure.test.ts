import { expect, it } from "vitest";
import { isPure } from "../../src/flows/isPure.ts";
import { PURE_TYPES } from "../../src/flows/pureParts.ts";
import { readSources } from "../support/sources.ts";
import { smallFlow } from "../support/training.ts";

it("the types of pure parts are those of the registry", () => {
  const text = readSources("src").find(({ path }) => path === "src/flows/registry.ts")?.text ?? "";
  const types = new Set(["flow", "same"]);
  const tables = Array.from(text.matchAll(/^const [A-Z]+: Kinds<\w+> = \{([^}]*)\}/gm), ([, inside]) => inside);
  expect(tables).toHaveLength(4);
  for (const table of [...tables, "maskedMlp: maskedMlpEntry"]) {
    for (const [, type] of table.matchAll(/(\w+): \w+Entry/g)) types.add(type);
  }
  expect(types.size).toBeGreaterThan(40);
  expect([...PURE_TYPES].sort()).toEqual([...types].sort());
});

it("a flow of diffeo's parts is pure", () => {
  expect(isPure(smallFlow())).toBe(true);
});
