import { Random } from "diffeo";
import { describe, expect, it } from "vitest";
import { rootsOnArm } from "../../src/data/pinwheelRoots.ts";
import { expectWithin } from "../support/arbitraries.ts";

describe("rootsOnArm", () => {
  const residual = (y1: number, y2: number, arm: number, a: number): number => {
    const theta = (2 * Math.PI * arm) / 5 + 0.25 * Math.exp(a);
    return y1 * Math.cos(theta) - y2 * Math.sin(theta) - a;
  };

  it("finds as many roots as a scan that is finer than the turns, at points near and far", () => {
    const random = new Random(1);
    let found = 0;
    for (let i = 0; i < 60; i++) {
      const radius = [0.01, 0.5, 1, 2, 4][i % 5];
      const [y1, y2] = random.uniform([2], -radius, radius).data;
      for (let arm = 0; arm < 5; arm++) {
        const rho = Math.hypot(y1, y2);
        // steps that turn the arm by less than 10⁻³ everywhere
        let changes = 0;
        let before = residual(y1, y2, arm, -rho - 1) > 0;
        for (let a = -rho - 1; a < rho + 0.01; a += 1e-3 * Math.min(1, 4 * Math.exp(-a))) {
          const now = residual(y1, y2, arm, a) > 0;
          if (now !== before) changes++;
          before = now;
        }
        const roots = rootsOnArm(y1, y2, arm);
        expect(roots.length, `arm ${arm} at (${y1}, ${y2})`).toBe(changes);
        // bisection to 2⁻³² of a half turn, as far as a moves with it
        for (const a of roots) expectWithin(residual(y1, y2, arm, a), 0, 1e-8 * (1 + rho) * Math.exp(rho));
        found += roots.length;
      }
    }
    // three hundred arms with one root at least
    expect(found).toBeGreaterThan(400);
  });

  it("finds the one root of the origin, a = 0, and those of points in the middle of an arm", () => {
    for (let arm = 0; arm < 5; arm++) {
      const roots = rootsOnArm(0, 0, arm);
      expect(roots).toHaveLength(1);
      expectWithin(roots[0], 0, 1e-8);
      for (const a of [0.1, 1, 1.9, -0.5]) {
        const theta = (2 * Math.PI * arm) / 5 + 0.25 * Math.exp(a);
        const nearest = rootsOnArm(a * Math.cos(theta), -a * Math.sin(theta), arm).map((root) => Math.abs(root - a));
        expect(Math.min(...nearest) <= 1e-8, `a = ${a} on arm ${arm}`).toBe(true);
      }
    }
  });
});
