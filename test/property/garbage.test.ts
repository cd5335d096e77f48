import { DiffeoError } from "diffeo";
import * as data from "diffeo/data";
import * as distributions from "diffeo/distributions";
import * as flows from "diffeo/flows";
import * as nets from "diffeo/nets";
import * as plot from "diffeo/plot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as calls from "../support/garbage/calls.ts";
import { spoilt } from "../support/garbage/garbage.ts";
import { methodsOf } from "../support/garbage/methods.ts";

// Whatever a program without types gives to a public function, or to a method of what it returns: an answer, or a DiffeoError.

/** What comes of a call: what it returns, or `undefined` if it refuses. Fails if anything but a DiffeoError is thrown. */
async function outcome(name: string, call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof DiffeoError)) throw new Error(`${name} let this out: ${(error as Error).stack}`);
    expect(error.code).toMatch(/^[A-Z_]+$/);
    expect(error.message).toMatch(/^[\w.]+: [^\n]+$/);
    return undefined;
  }
}

/** The functions and classes of a module that a program may call; errors are thrown, not made. */
function publicOf(module: object): [string, (...args: unknown[]) => unknown][] {
  return Object.entries(module).flatMap(([name, value]) => {
    if (typeof value !== "function" || value.prototype instanceof DiffeoError) return [];
    const construct = (...args: unknown[]) => Reflect.construct(value, args);
    return [[name, /^[A-Z]/.test(name) ? construct : value]];
  });
}

describe.each([
  ["diffeo/nets", nets, calls.NETS],
  ["diffeo/distributions", distributions, calls.DISTRIBUTIONS],
  ["diffeo/data", data, calls.DATA],
  ["diffeo/plot", plot, calls.PLOT],
  ["diffeo/flows", flows, calls.FLOWS],
] as const)("%s", (_path, module, valid) => {
  it.each(publicOf(module))("%s and its methods throw only typed errors, whatever they are given", async (name, f) => {
    expect(valid, `how ${name} is called`).toHaveProperty(name);
    for (const make of valid[name]) {
      const made = await f(...make()); // a right call
      await fc.assert(
        fc.asyncProperty(spoilt(make()), async (args) => {
          await outcome(name, () => f(...args));
        }),
        { numRuns: 200 },
      );
      for (const method of methodsOf(made)) {
        await method.call(...method.valid());
        await fc.assert(
          fc.asyncProperty(spoilt(method.valid()), async (args) => {
            await outcome(`${name}, ${method.name}`, () => method.call(...args));
          }),
          { numRuns: 60 },
        );
      }
    }
  });
});
