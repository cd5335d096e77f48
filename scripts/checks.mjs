// What scripts that check one thing after another have in common: a line for each check, and a count at the end.

/** Checks that run one after another. The exit code is 1 when any of them fails. */
export class Checks {
  /** What they need and have not, and why; null while nothing is missing. @type {string | null} */
  missing = null;
  /** @type {string[]} */
  #failures = [];
  #name;
  #passed = 0;
  #skipped = 0;

  /** @param {string} name what a failure is reported under */
  constructor(name) {
    this.#name = name;
  }

  /**
   * What the checks need and the machine may lack: without it those that follow are skipped, aloud.
   *
   * @template Needed @param {string} what @param {() => Needed | Promise<Needed>} get @returns {Promise<Needed | null>}
   */
  async need(what, get) {
    try {
      return await get();
    } catch (error) {
      this.missing = `${what}: ${explain(error).split("\n").slice(0, 3).join(" ")}`;
      console.log(`There is no ${this.missing}`);
      return null;
    }
  }

  /** Runs one check and prints its line; says whether it passed. @param {string} name @param {() => unknown} run @returns {Promise<boolean>} */
  async run(name, run) {
    if (this.missing !== null) {
      this.#skipped++;
      console.log(`skip  ${name}`);
      return false;
    }
    try {
      await run();
      this.#passed++;
      console.log(`ok    ${name}`);
      return true;
    } catch (error) {
      this.#failures.push(name);
      console.log(`FAIL  ${name}\n${explain(error).replace(/^/gm, "      ")}`);
      return false;
    }
  }

  /** Says how many passed, failed and were skipped. */
  end() {
    const { length } = this.#failures;
    if (length > 0) {
      console.error(`${this.#name}: ${length} of the checks failed: ${this.#failures.join(", ")}`);
      process.exitCode = 1;
    }
    console.log(`${this.#passed} passed, ${length} failed, ${this.#skipped} skipped`);
  }
}

/** Throws unless the two are the same. @param {unknown} came @param {unknown} expected @param {string} what */
export function same(came, expected, what) {
  if (Object.is(came, expected)) return;
  const [a, b] = [String(came), String(expected)];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const near = (/** @type {string} */ text) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
  throw new Error(`${what}: got ${near(a)}, not ${near(b)} (at ${at} of ${a.length})`);
}

/** What a failed process wrote, lines of minified code cut, or the message of any other error. @param {any} error */
function explain(error) {
  const text = [error?.stdout, error?.stderr].filter(Boolean).join("\n").trim() || String(error?.message ?? error);
  return text.replace(/^(.{500}).+$/gm, "$1…");
}
