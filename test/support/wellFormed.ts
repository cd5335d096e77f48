import { expect } from "vitest";

/** Expects balanced tags, quoted attributes, and none of the words that a slip leaves behind. */
export function expectWellFormed(svg: string): void {
  const open: string[] = [];
  for (const [, closing, name, selfClosing] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[a-zA-Z-]+="[^"<]*")*\s*(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else if (!selfClosing) open.push(name);
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<\/?[a-z]+(?:\s[a-zA-Z-]+="[^"<]*")*\s*\/?>/g, "")).not.toMatch(/[<>]/);
  expect(svg.match(/.{0,40}(?:NaN|undefined|Infinity).{0,20}/)?.[0]).toBeUndefined();
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(/https?:/);
}
