// The two things that training asks of its host. Engines without a browser around them (QuickJS, gjs) have neither.

/** Milliseconds since some moment; from the date where there is no clock that only goes forward. */
export function milliseconds(): number {
  return typeof performance === "undefined" ? Date.now() : performance.now();
}

/** Lets the event loop turn once. Without timers there is nothing to let in but promises. */
export async function turn(): Promise<void> {
  if (typeof setTimeout !== "undefined") await new Promise<void>((resolve) => setTimeout(resolve, 0));
}
