import { Random } from "diffeo";
import { describe, expect, it } from "vitest";
import { replayDistribution } from "../support/oracle/distributions.ts";
import { replayFlow } from "../support/oracle/flows/replay.ts";
import { readCases, type StoredArray, type StoredCase } from "../support/oracle/load.ts";
import { replayOp } from "../support/oracle/ops.ts";
import { replayOptimizer } from "../support/oracle/optim.ts";

/** What a case says should come out: gradients, outputs, entropies, traces; not what goes in. */
const EXPECTED = new RegExp(
  `^(${[
    "output|outputs|grads|log_prob|entropy|entropy_grads|kl|sample|trace|lr",
    "z|logabsdet|jacobian|inverse|grads_derived|mean_nll|conditioner_\\w+|expected_init|y|bits_per_dim",
    "grads_mean_nll|adam|sgd_momentum",
  ].join("|")})$`,
);
/** What stands among it and is not compared: df is a constant for us, the latent points of inverses and settings go in. */
const NOT_COMPARED = /(^|\.)(df|config|steps|\w+_abs_err)(\.|$)|^inverse\.z\./;
/** How much an expected number is changed, relative to itself, and which numbers are large enough to notice. */
const CHANGE = 1e-6;
const SMALLEST = 1e-3;
/** Inverses are compared to 1e-9, however small they are. */
const SMALLEST_OF_INVERSES = 1e-2;

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
          .flatMap(([key, value]) => numbersIn(value, [key], key === "inverse" ? SMALLEST_OF_INVERSES : SMALLEST))
          .filter((path) => !NOT_COMPARED.test(path.join(".")))
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

/** The ways to all numbers of at least some size, but for shapes. */
function numbersIn(value: unknown, path: readonly (string | number)[], least: number): (string | number)[][] {
  if (typeof value === "number") return Math.abs(value) >= least ? [[...path]] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry, i) => numbersIn(entry, [...path, i], least));
  if (isArray(value)) return numbersIn(value.data, [...path, "data"], least);
  return Object.entries(value).flatMap(([key, entry]) => numbersIn(entry, [...path, key], least));
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

/** Those of some places, drawn at random, whose numbers can be changed without a replay failing. */
function unnoticed(all: readonly Place[], count: number, seed: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => all[random.integers([], all.length).item()]).flatMap((place) => {
    const stored = altered(place, random.uniform([]).item() < 0.5);
    try {
      place.replay(stored);
    } catch (error) {
      if ((error as Error).name === "AssertionError") return [];
      throw error;
    }
    return [`${place.file}, case ${place.index}: ${place.path.join(".")}`];
  });
}

describe("the replay of the oracle", () => {
  it("notices each of 60 expected numbers that are changed by one part in a million", () => {
    const all = [
      ...places("ops.json", replayOp),
      ...places("distributions.json", replayDistribution),
      ...places("optim.json", replayOptimizer),
    ];
    expect(all.length).toBeGreaterThan(1000);
    expect(unnoticed(all, 60, 20260101)).toEqual([]);
  });

  it("notices the same of two numbers of every kind of result that flows have", () => {
    const all = places("flows.json", replayFlow);
    const kinds = [...new Set(all.map(({ path }) => path[0]))];
    expect(kinds.length).toBeGreaterThanOrEqual(10);
    const missed = kinds.flatMap((kind, k) => {
      const ofKind = all.filter(({ path }) => path[0] === kind);
      return unnoticed(ofKind, 2, 20260102 + k);
    });
    expect(missed).toEqual([]);
  });
});
