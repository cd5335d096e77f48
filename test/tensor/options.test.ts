import { DomainError } from "diffeo";
import { describe, expect, it } from "vitest";
import { checkOptions, defined, type Known } from "../../src/tensor/options.ts";

interface Options {
  readonly steps: number;
  readonly learningRate?: number;
  readonly batchSize?: number;
}
const KNOWN: Known<Options> = { steps: true, learningRate: true, batchSize: true };

/** What is thrown for options that the compiler would have refused. */
function refusal(options: unknown): Error {
  try {
    checkOptions("fit", options as Options, KNOWN);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    return error as Error;
  }
  throw new Error("nothing was refused");
}

describe("checkOptions", () => {
  it.each<unknown>([{ steps: 1 }, { steps: 1, learningRate: undefined }, {}, Object.create(null)])(
    "options of known names pass: %o",
    (options) => {
      expect(() => checkOptions("fit", options as Options, KNOWN)).not.toThrow();
    },
  );

  it.each([
    ["stpes", "steps"],
    ["step", "steps"],
    ["tseps", "steps"],
    ["learningRtae", "learningRate"],
    ["learing_rate", "learningRate"],
    ["LearningRate", "learningRate"],
    ["batch-size", "batchSize"],
    ["batchsize", "batchSize"],
  ])("a misspelt name is refused, and the nearest known one is named: %s", (name, meant) => {
    expect(refusal({ [name]: 5 }).message).toBe(`fit: unknown option "${name}"; did you mean "${meant}"?`);
  });

  it.each([
    ["lr", "learningRate"],
    ["eta", "learningRate"],
    ["batch", "batchSize"],
    ["iterations", "steps"],
    ["max_steps", "steps"],
  ])("a name that other libraries use leads to ours: %s", (name, meant) => {
    expect(refusal({ steps: 1, [name]: 5 }).message).toBe(`fit: unknown option "${name}"; did you mean "${meant}"?`);
  });

  it.each(["colour", "st", "x", "", "rng", "constructor", "__proto__"])(
    "where nothing is near, the known names are listed: %j",
    (name) => {
      const options = JSON.parse(`{ ${JSON.stringify(name)}: 1 }`);
      expect(refusal(options).message).toBe(`fit: unknown option "${name}"; known are steps, learningRate, batchSize`);
    },
  );

  it("the same name in other letters comes before a synonym", () => {
    const known: Known<{ learningRate: number; stepSize: number }> = { learningRate: true, stepSize: true };
    expect(() => checkOptions("f", { stepsize: 1 } as never, known)).toThrow('did you mean "stepSize"?');
  });

  it("of two names that are equally near the first is meant", () => {
    const known: Known<{ left: number; lent: number }> = { left: true, lent: true };
    expect(() => checkOptions("f", { lelt: 1 } as never, known)).toThrow('did you mean "left"?');
  });

  it("a name of a million letters is refused at once, and cut in the message", () => {
    const { message } = refusal({ ["s".repeat(1e6)]: 1 });
    expect(message.length).toBeLessThan(200);
  });

  it.each([
    [undefined, "undefined"],
    [null, "null"],
    [5, "5"],
    ["steps", '"steps"'],
    [[1, 2], "[1,2]"],
    [() => 1, "a function"],
  ])("options that are no object are refused, and the names listed: %o", (options, came) => {
    expect(refusal(options).message).toBe(
      `fit: options must be an object { steps, learningRate, batchSize }; got ${came}`,
    );
  });

  it("of options that are one of several kinds the names of all kinds must be known", () => {
    type Either = { readonly weight: number } | { readonly dimensions: number; readonly lower?: boolean };
    const known: Known<Either> = { weight: true, dimensions: true, lower: true };
    expect(() => checkOptions<Either>("f", { weight: 1 }, known)).not.toThrow();
    // @ts-expect-error a name is missing from the list
    const less: Known<Either> = { weight: true, dimensions: true };
    // @ts-expect-error a name on the list is no option
    const more: Known<Options> = { ...KNOWN, steps: true, stpes: true };
    expect([less, more]).toHaveLength(2);
  });
});

describe("defined", () => {
  it("leaves out what is undefined, so that defaults hold", () => {
    expect(defined({ a: 1, b: undefined, c: 0 })).toEqual({ a: 1, c: 0 });
    expect(Object.keys(defined({ b: undefined }))).toEqual([]);
  });
});
