import { Random } from "diffeo";
import { describe, expect, it } from "vitest";
import { replayDistribution } from "../support/oracle/distributions.ts";
import { readCases, type StoredArray, type StoredCase } from "../support/oracle/load.ts";
import { replayOp } from "../support/oracle/ops.ts";
import { replayOptimizer } from "../support/oracle/optim.ts";

/** What a case says should come out: gradients, outputs, entropies, traces; not what goes in. */
const EXPECTED = /^(output|outputs|grads|log_prob|entropy|entropy_grads|kl|sample|trace|lr)$/;
/** How much an expected number is changed, relative to itself, and which numbers are large enough to notice. */
const CHANGE = 1e-6;
const SMALLEST = 1e-3;

interface Place {
  readonly file: string;
  readonly replay: (stored: never) => void;
  readonly index: number;
  /** The way from the case to a number. */
  readonly path: readonly (string | number)[];
}

function places(file: string, replay: (stored: never) => void): Place[] {
  return readCases(file).flatMap((stored, index) =>
    hasTolerancesOfItsOwn(stored)
      ? []
      : Object.entries(stored)
          .filter(([key]) => EXPECTED.test(key))
          .flatMap(([key, value]) => numbersIn(value, [key]))
          .filter((path) => !path.includes("df")) // a constant for us: its gradients are not compared
          .map((path) => ({ file, replay, index, path })),
  );
}

function hasTolerancesOfItsOwn({
  tags = [],
  tol,
  tol_norm,
  tol_abs,
  grad_tol_norm,
  expect_error,
}: StoredCase): boolean {
  return tags.length > 0 || Boolean(tol ?? tol_norm ?? tol_abs ?? grad_tol_norm ?? expect_error);
}

/** The ways to all numbers of size at least SMALLEST, but for shapes. */
function numbersIn(value: unknown, path: readonly (string | number)[]): (string | number)[][] {
  if (typeof value === "number") return Math.abs(value) >= SMALLEST ? [[...path]] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry, i) => numbersIn(entry, [...path, i]));
  if (isArray(value)) return numbersIn(value.data, [...path, "data"]);
  return Object.entries(value).flatMap(([key, entry]) => numbersIn(entry, [...path, key]));
}

function isArray(value: object): value is StoredArray {
  return "shape" in value && "data" in value;
}

/** The case with the number at the end of the path multiplied by 1 ± CHANGE. */
function altered({ file, index, path }: Place, up: boolean): never {
  const stored = readCases(file)[index];
  let holder = stored as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as typeof holder;
  const last = path[path.length - 1];
  holder[last] = (holder[last] as number) * (up ? 1 + CHANGE : 1 - CHANGE);
  return stored as never;
}

describe("the replay of the oracle", () => {
  it("notices each of 60 expected numbers that are changed by one part in a million", () => {
    const all = [
      ...places("ops.json", replayOp),
      ...places("distributions.json", replayDistribution),
      ...places("optim.json", replayOptimizer),
    ];
    expect(all.length).toBeGreaterThan(1000);
    const random = new Random(20260101);
    const unnoticed = Array.from({ length: 60 }, () => {
      const place = all[random.integers([], all.length).item()];
      const stored = altered(place, random.uniform([]).item() < 0.5);
      try {
        place.replay(stored);
      } catch (error) {
        if ((error as Error).name === "AssertionError") return undefined;
        throw error;
      }
      return `${place.file}, case ${place.index}: ${place.path.join(".")}`;
    }).filter((place) => place !== undefined);
    expect(unnoticed).toEqual([]);
  });
});
