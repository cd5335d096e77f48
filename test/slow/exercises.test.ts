import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exercisesIn, LONG } from "../support/exercises.ts";
import { patched } from "../support/howTo.ts";
import { outputOf } from "../support/outputOf.ts";
import { root } from "../support/sources.ts";

const exercises = exercisesIn(readFileSync(join(root, "docs/exercises.md"), "utf8"));

test.each(exercises.filter(({ name }) => LONG.includes(name)))("$name prints what the page says", async (exercise) => {
  const program = readFileSync(join(root, `examples/exercises/${exercise.name}.js`), "utf8");
  expect(await outputOf(program)).toBe(exercise.printed);
});

test.each(exercises)("$name, changed as the page says, prints what it says then", async ({ name, variation }) => {
  const path = `examples/exercises/${name}.js`;
  const program = readFileSync(join(root, path), "utf8");
  const varied = variation.hunks.reduce((text, hunk) => patched(path, text, hunk), program);
  expect(varied).not.toBe(program);
  expect(await outputOf(varied)).toBe(variation.printed);
});
