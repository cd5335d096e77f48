import { readFileSync } from "node:fs";
import { exp, sum, tensor } from "diffeo";
import { expect, it } from "vitest";
import { planText } from "../support/planText.ts";

it("the page of the folder shows what becomes of its example", () => {
  const page = readFileSync(new URL("../../src/plan/README.md", import.meta.url), "utf8");
  const shown = Object.fromEntries(
    Array.from(page.matchAll(/^```text (\w+)\n([\s\S]*?)\n```$/gm), ([, name, text]) => [name, text]),
  );
  expect(page).toContain("const f = (x: Tensor) => sum(exp(x));");
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect(shown).toEqual(planText((x) => sum(exp(x)), x));
});
