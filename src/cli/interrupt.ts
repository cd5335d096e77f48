/** The exit code of a command that Ctrl-C ended: 128 + SIGINT. */
export const INTERRUPTED = 130;

/**
 * Runs the work with a signal that Ctrl-C aborts; a second Ctrl-C ends the process at once.
 * `interrupted` says afterwards whether the first one came.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<{ result: Result; interrupted: boolean }> {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    controller.abort();
  };
  process.on("SIGINT", onInterrupt);
  try {
    const result = await work(controller.signal);
    return { result, interrupted: controller.signal.aborted };
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}
