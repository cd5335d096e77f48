import type { Parameter } from "../autograd/variable.ts";
import type { Plan, PlanOptions } from "../plan/plan.ts";
import { adamKernel } from "../tensor/simd/simdAdam.ts";
import type { Lender, Remembered } from "./optimizer.ts";

/** The memory of one parameter: m and v, twice, since each step reads one and writes the other. */
const ARRAYS = 4;
/** Adam's numbers, the factors of θ and g, and the trace of values that are not finite. */
const NUMBERS = 12;
const KERNEL = "adam";

/** What is lent, but for what lies in the memory. */
type Lent = Pick<Remembered, "numbers" | "before">;

/** What Adam needs in the memory of a plan, for the numbers of those parameters. */
export function roomForAdam(parameters: readonly Parameter[]): NonNullable<PlanOptions["beside"]> {
  const sizes = parameters.flatMap(({ size }) => Array<number>(ARRAYS).fill(size));
  return { kernels: { [KERNEL]: adamKernel }, sizes: [NUMBERS, ...sizes] };
}

/**
 * Steps of Adam, or of AdamW, where a plan has parameters and gradients: the update of `training/adam.ts`, to the bit, without copying anything but the new
 * parameters. What the optimiser remembers is lent for that, and given back whenever the optimiser is asked.
 */
export class FusedAdam {
  readonly #lender: Lender;
  readonly #parameters: readonly Parameter[];
  readonly #plan: Plan;
  /** Where θ and g of each parameter are. */
  readonly #theta: readonly number[];
  readonly #g: readonly number[];
  /** Where its numbers, and m and v of each parameter are: {@link roomForAdam}. */
  readonly #room: readonly number[];
  /** Which of its two memories each parameter has now. */
  #bank = 0;
  /** While it is lent. */
  #lent: Lent | null = null;

  constructor(
    lender: Lender,
    parameters: readonly Parameter[],
    plan: Plan,
    theta: readonly number[],
    g: readonly number[],
    room: readonly number[],
  ) {
    this.#lender = lender;
    this.#parameters = parameters;
    this.#plan = plan;
    this.#theta = theta;
    this.#g = g;
    this.#room = room;
  }

  /** A step along the gradients, times a factor. False, and nothing done, if a new value is not finite: the optimiser knows what to say of that. */
  step(rate: number, factor: number): boolean {
    const { numbers, before } = this.#lent ?? this.#borrow();
    const { rule, decays, factors } = this.#lender;
    const next = rule.advance(numbers);
    const { memory, kernels } = this.#plan;
    const [constants] = this.#room;
    const finite = constants + 80;
    const data = memory.numbers;
    data.fill(0, finite / 8, finite / 8 + 2);
    this.#parameters.forEach(({ size }, k) => {
      const { numbers: own, kept } = (rule.asAdam as NonNullable<typeof rule.asAdam>)(
        rate * factors[k],
        next,
        decays[k],
      );
      data.set(own, constants / 8);
      data[constants / 8 + 8] = kept;
      data[constants / 8 + 9] = factor;
      if (size % 2 === 1) data[this.#g[k] / 8 + size] = 1; // fills up the last pair; 0 could become 0/0
      const [m, v] = this.#memoriesOf(k, this.#bank);
      const [nextM, nextV] = this.#memoriesOf(k, 1 - this.#bank);
      kernels[KERNEL](8 * size, this.#theta[k], this.#g[k], m, v, nextM, nextV, constants, finite);
    });
    if (data[finite / 8] + data[finite / 8 + 1] !== 0) {
      this.#lent = { numbers, before };
      return false;
    }
    this.#bank = 1 - this.#bank;
    this.#lent = { numbers: next, before: { numbers, values: this.#parameters.map((parameter) => parameter.data) } };
    this.#parameters.forEach((parameter, k) => {
      parameter.adopt(this.#copy(this.#theta[k], parameter.size));
    });
    return true;
  }

  /** The addresses of m and v. */
  #memoriesOf(k: number, bank: number): readonly [number, number] {
    const at = 1 + ARRAYS * k + 2 * bank;
    return [this.#room[at], this.#room[at + 1]];
  }

  #copy(address: number, size: number): Float64Array {
    return this.#plan.memory.numbers.slice(address / 8, address / 8 + size);
  }

  /** Takes over what the optimiser remembers. */
  #borrow(): Lent {
    const { numbers, memories, spare, before } = this.#lender.lend(() => this.#giveBack());
    this.#bank = 0;
    for (const [bank, each] of [memories, spare].entries()) {
      each.forEach(({ m, v }, k) => {
        const [atM, atV] = this.#memoriesOf(k, bank);
        this.#plan.memory.numbers.set(m, atM / 8);
        this.#plan.memory.numbers.set(v, atV / 8);
      });
    }
    this.#lent = { numbers, before };
    return this.#lent;
  }

  #giveBack(): Remembered {
    const { numbers, before } = this.#lent as Lent;
    this.#lent = null;
    const [memories, spare] = [this.#bank, 1 - this.#bank].map((bank) =>
      this.#parameters.map(({ size }, k) => {
        const [m, v] = this.#memoriesOf(k, bank);
        return { m: this.#copy(m, size), v: this.#copy(v, size) };
      }),
    );
    return { numbers, before, memories, spare };
  }
}
