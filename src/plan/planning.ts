/** What has become of an attempt to plan, as tests hear of it. */
export type Outcome =
  /** There is a plan, which has not been compared yet. */
  | "made"
  /** The recording cannot be planned: a part of what was computed was taken as another array, or there is not enough memory. */
  | "impossible"
  /** The first comparison found the same bits … */
  | "proven"
  /** … or others: it goes the eager way from then on. */
  | "refused"
  /** It ran, and what it gave was used. */
  | "used"
  /** A check threw, or what came was not finite: the eager way says what it was. */
  | "stopped";

let used = true;
let listener: ((outcome: Outcome) => void) | null = null;

/** Whether plans are made at all. */
export function usesPlans(): boolean {
  return used;
}

/** Switches plans on or off: for comparisons, which should find the same bits. A training decides when it begins. */
export function usePlans(use: boolean): void {
  used = use;
}

let patient = true;

/** Whether a plan is made only where it will save as much time as it takes. */
export function isPatient(): boolean {
  return patient;
}

/** Runs f with plans for whatever can have one, however few rows there are: for tests. */
export function withPlansAtOnce<Result>(f: () => Result): Result {
  const before = patient;
  patient = false;
  try {
    return f();
  } finally {
    patient = before;
  }
}

/** Runs f without plans. */
export function withoutPlans<Result>(f: () => Result): Result {
  const before = used;
  used = false;
  try {
    return f();
  } finally {
    used = before;
  }
}

/** What f gives, and how often it came to each outcome. */
export function outcomesOf<Result>(f: () => Result): { result: Result; outcomes: Partial<Record<Outcome, number>> } {
  const outcomes: Partial<Record<Outcome, number>> = {};
  const before = listener;
  listener = (outcome) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  };
  try {
    return { result: f(), outcomes };
  } finally {
    listener = before;
  }
}

/** Says what has become of an attempt. */
export function tell(outcome: Outcome): void {
  listener?.(outcome);
}
