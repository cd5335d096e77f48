import { afterEach, describe, expect, it, vi } from "vitest";
import { tanh as tanhOf } from "../../src/tensor/kernels/elementary.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The library as a page loads it, in which nothing has been compiled yet. */
async function freshLibrary(): Promise<typeof import("../../src/index.ts")> {
  vi.resetModules();
  return await import("../../src/index.ts");
}

/** WebAssembly whose modules cannot be compiled, as under a strict content security policy, and how often that was tried. */
function forbidden(): { attempts: number } {
  const counter = { attempts: 0 };
  class Module {
    constructor() {
      counter.attempts++;
      throw new WebAssembly.CompileError("Refused to compile or instantiate WebAssembly module");
    }
  }
  vi.stubGlobal("WebAssembly", {
    ...WebAssembly,
    Memory: WebAssembly.Memory,
    CompileError: WebAssembly.CompileError,
    Module,
  });
  return counter;
}

describe("without WebAssembly", () => {
  it("plain loops serve where there is none at all", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    const { matmul, Random, tanh, useKernels } = await freshLibrary();
    const x = new Random(1).normal([100]);
    expect(Array.from(tanh(x).data)).toEqual(Array.from(x.data, tanhOf));
    expect(matmul(new Random(1).normal([40, 40]), new Random(2).normal([40, 40])).shape).toEqual([40, 40]);
    expect(useKernels("simd")).toBe("plain");
  });

  it("plain loops serve where it is forbidden, after one attempt", async () => {
    const counter = forbidden();
    const { add, lu, matmul, Random, tanh, useKernels } = await freshLibrary();
    const A = new Random(1).normal([64, 64]);
    expect(Array.from(tanh(A).data)).toEqual(Array.from(A.data, tanhOf));
    add(A, A);
    matmul(A, A);
    lu(A);
    expect(counter.attempts).toBe(1);
    expect(useKernels("simd")).toBe("plain");
  });

  it('"plain" before the first op never touches it', async () => {
    const touched = vi.fn();
    vi.stubGlobal("WebAssembly", new Proxy({}, { get: touched }));
    const { matmul, Random, tanh, useKernels } = await freshLibrary();
    expect(useKernels("plain")).toBe("plain");
    const A = new Random(1).normal([64, 64]);
    tanh(matmul(A, A));
    expect(touched).not.toHaveBeenCalled();
  });

  it("importing the library compiles nothing", async () => {
    const touched = vi.fn();
    vi.stubGlobal("WebAssembly", new Proxy({}, { get: touched }));
    await freshLibrary();
    expect(touched).not.toHaveBeenCalled();
  });
});
