import { expect, it } from "vitest";
import { examplesIn, publicDeclarations } from "../support/docComments.ts";
import { readSources } from "../support/sources.ts";
import { typeErrors } from "../support/typesOfExamples.ts";

const names = publicDeclarations().map(({ name }) => name);
const examples = readSources("src")
  .flatMap(examplesIn)
  .filter(({ name }) => names.includes(name.split(".")[0]));

it("the examples of public names are TypeScript without a fault", () => {
  expect(examples.length).toBeGreaterThan(200);
  const faulty = { path: "src/a.ts", line: 1, name: "a", code: "exp({}); // 1" };
  expect(typeErrors([...examples, faulty], names)).toEqual([expect.stringMatching(/^src\/a\.ts:1 Argument of type/)]);
});
