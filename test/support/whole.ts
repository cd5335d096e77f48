/**
 * How often a promise is tried: `npm test` tries a hundredth, at least once, and `WHOLE=1`, which `npm run test:long` sets, the whole.
 */
export function timesOf(whole: number): number {
  return process.env.WHOLE === "1" ? whole : Math.max(1, Math.ceil(whole / 100));
}
