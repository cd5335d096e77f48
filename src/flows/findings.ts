import { judge } from "../autograd/gradcheck.ts";
import type { CertifiedJacobian } from "../autograd/numericalJacobian.ts";
import { DiffeoError } from "../tensor/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** One thing that was compared, over all points. */
export interface BijectionCheck {
  /** What was compared. */
  readonly name: string;
  /** How many numbers were compared, those that could not be told among them. */
  readonly compared: number;
  /** How many could not be told. */
  readonly inconclusive: number;
  /** Of the comparison that came closest to its bound, or went beyond it: the error, the bound, and where it was. */
  readonly error: number;
  /** The bound of that comparison. */
  readonly bound: number;
  /** At which point, and in which entry. */
  readonly where: string;
}

/** What `checkBijection` found. */
export interface BijectionReport {
  /** Nothing failed, and of no check more than a third was inconclusive. */
  readonly ok: boolean;
  /** All comparisons. */
  readonly checks: readonly BijectionCheck[];
  /** A sentence for each check that failed. */
  readonly failures: readonly string[];
  /** A sentence for each check of which more than a third was inconclusive. */
  readonly untold: readonly string[];
  /** All of it for people: the failures, then a line for each check. */
  readonly message: string;
}

type Counts = { -readonly [K in Exclude<keyof BijectionCheck, "name">]: BijectionCheck[K] };

/** What is compared, by the name of the check. */
export class Findings {
  readonly #checks = new Map<
    string,
    { compared: number; inconclusive: number; error: number; bound: number; where: string }
  >();
  readonly #failures = new Map<string, string>();

  #check(name: string): Counts {
    const check = this.#checks.get(name) ?? { compared: 0, inconclusive: 0, error: 0, bound: 0, where: "" };
    this.#checks.set(name, check);
    return check;
  }

  /** Notes an error and its bound; the first beyond its bound makes a failure. */
  compare(name: string, error: number, bound: number, where: string): void {
    const check = this.#check(name);
    check.compared++;
    const within = error <= bound;
    const closer = !(error * check.bound <= check.error * bound);
    if (check.where === "" || (closer && !this.#failures.has(name))) Object.assign(check, { error, bound, where });
    if (!within && !this.#failures.has(name)) {
      const by = Number.isFinite(error) ? `; off by ${error}, allowed ${bound}` : "";
      this.#failures.set(name, `${name}: ${where}${by}`);
    }
  }

  /** Notes that something could not be told. */
  miss(name: string): void {
    const check = this.#check(name);
    check.compared++;
    check.inconclusive++;
  }

  /** Compares analytic entries with certified ones. */
  judge(name: string, where: string, analytic: Tensor, { jacobian, error, scale }: CertifiedJacobian): void {
    const most = scale.data.reduce((a, b) => Math.max(a, b), 0);
    analytic.data.forEach((entry, i) => {
      const numeric = jacobian.data[i];
      const verdict = judge(entry, numeric, error.data[i], scale.data[i], most);
      if (verdict === "inconclusive") {
        this.miss(name);
        return;
      }
      const bound = error.data[i] + 1e-11 * scale.data[i] + 1e-14 * most;
      const off = verdict === "agrees" ? Math.min(Math.abs(entry - numeric), bound) : Math.abs(entry - numeric);
      this.compare(name, off, bound, `by ${where}, entry ${i}: ${entry}, numerically ${numeric}`);
    });
  }

  /** Runs a part; what the layer throws of ours is a failure. */
  attempt(where: string, part: () => void): void {
    try {
      part();
    } catch (error) {
      if (!(error instanceof DiffeoError)) throw error;
      this.compare("calls", Number.POSITIVE_INFINITY, 0, `${where}: ${error.message}`);
    }
  }

  report(): BijectionReport {
    const checks = [...this.#checks].map(([name, check]): BijectionCheck => ({ name, ...check }));
    const untold = checks
      .filter(({ compared, inconclusive }) => inconclusive > compared / 3)
      .map(({ name, compared, inconclusive }) => `${name}: ${inconclusive} of ${compared} could not be told`);
    const failures = [...this.#failures.values()];
    const ok = failures.length + untold.length === 0;
    const lines = checks.map(
      ({ name, compared, inconclusive, error, bound }) =>
        `${name}: ${compared} compared, ${inconclusive} inconclusive, largest error ${error} of ${bound}`,
    );
    const message = [`checkBijection: ${ok ? "all right" : "not right"}`, ...failures, ...untold, ...lines];
    return { ok, checks, failures, untold, message: message.join("\n") };
  }
}
