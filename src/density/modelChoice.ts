// Which model describes a table best: each kind is tried, the validation rows decide, and the best flow is trained with the time that is left.

import { NonFiniteError } from "../autograd/ops/checkFinite.ts";
import { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
import { ensemble } from "../flows/ensemble.ts";
import type { Flow } from "../flows/flow.ts";
import { Random, type RandomState } from "../tensor/random.ts";
import { milliseconds } from "../training/clock.ts";
import type { History } from "../training/history.ts";
import type { Candidate, Choice, ChoiceOptions, Chosen } from "./choice.ts";
import { closedModel } from "./closedModel.ts";
import { logMeanExp } from "./logMeanExp.ts";
import {
  type FitData,
  millisecondsPerStep,
  type TrainingHooks,
  trainMember,
  unlessNotFinite,
} from "./memberTraining.ts";
import { pointScores } from "./pointScores.ts";
import { behindTails, type ModelKind, RECIPES, type Subject, type TrainedKind } from "./recipes.ts";

/** The kinds among which `auto` chooses, those first that did best on the tables of docs/results.md. */
const TRIED: readonly TrainedKind[] = ["nsf", "nsf-coupling", "maf", "realnvp"];
/**
 * All of them are tried with as many steps as the first takes in that share of the budget, and with no fewer than these: with a few steps simple models look better than they are. On a
 * slow machine no more are tried once they have taken this share of it.
 */
const [TRIAL, FEWEST_TRIAL_STEPS, MOST_TRIALS] = [0.035, 60, 0.25];
/** Against a training that is so many times as long a trial says little, unless it says so many nats. */
const [LONG, LEAD] = [8, 0.5];
/** One member sees the rows about so many times, but takes no fewer steps than these. */
const [EPOCHS, FEWEST_STEPS, BATCH, MOST_MEMBERS] = [40, 300, 256, 8];
/** Flows with linear tails outside ±5 have something to gain from logarithmic ones as soon as rows lie there. */
const FAR = 5;

/** With a checkpoint to go on from. */
type ChoiceHooks = TrainingHooks & { readonly resume?: Uint8Array };

/** Chooses and trains. `volume` is the mean of log|det dy/dx| over the validation rows. */
export function chooseModel(
  data: FitData,
  volume: number,
  options: ChoiceOptions,
  hooks: ChoiceHooks,
): Promise<Chosen> {
  return new Search(data, volume, options, hooks).run();
}

/** A short training of a kind. */
interface Trial {
  readonly kind: TrainedKind;
  readonly flow: Flow;
  /** Null where training met numbers that are not finite. */
  readonly history: History | null;
  readonly value: number;
  readonly steps: number;
  /** Milliseconds. */
  readonly perStep: number;
}

/** The search for one table. */
class Search {
  readonly #data: FitData;
  readonly #volume: number;
  readonly #options: ChoiceOptions;
  readonly #hooks: ChoiceHooks;
  readonly #subject: Subject;
  readonly #tails: boolean;
  readonly #start = milliseconds();
  readonly #candidates: Candidate[] = [];
  /** The states of random generators, so that what one model draws does not depend on which others were tried. */
  readonly #states: { readonly mixture: RandomState; readonly flows: RandomState; readonly training: RandomState };

  constructor(data: FitData, volume: number, options: ChoiceOptions, hooks: ChoiceHooks) {
    const { x } = data.train;
    this.#data = data;
    this.#volume = volume;
    this.#options = options;
    this.#hooks = hooks;
    this.#subject = { dimensions: x.shape[1], context: data.coordinates.context, rows: x.shape[0] };
    this.#tails = options.tails && x.data.some((value) => Math.abs(value) > FAR);
    const { random } = options;
    this.#states = {
      mixture: random.split().state(),
      flows: random.split().state(),
      training: random.split().state(),
    };
  }

  async run(): Promise<Chosen> {
    const { model } = this.#options;
    if (model === "gaussian" || model === "mixture") {
      const { flow } = this.#closed(model);
      return this.#taken(flow, model, [], `it was asked for`);
    }
    if (model !== "auto") return this.#train(model, [], "it was asked for", null);
    const closed =
      this.#subject.context > 0 ? [] : (["gaussian", "mixture"] as const).flatMap((kind) => this.#attempt(kind));
    const steps = this.#trialSteps();
    let best: Trial | null = null;
    for (const kind of TRIED) {
      const { leastColumns } = RECIPES[kind];
      if (this.#subject.dimensions < leastColumns || (best !== null && this.#hooks.signal?.aborted)) continue;
      if (best !== null && this.#hasTriedEnough()) break;
      const tried = await this.#trial(kind, steps);
      if (best === null || tried.value > best.value + this.#lead(best, steps)) best = tried;
    }
    return this.#train(best?.kind ?? TRIED[0], closed, "", best);
  }

  /** A model that is fitted without steps, as a flow. */
  #closed(kind: "gaussian" | "mixture"): { kind: ModelKind; flow: Flow; value: number } {
    const start = milliseconds();
    const flow = closedModel(kind, this.#data, Random.from(this.#states.mixture));
    const value = this.#judge([flow]);
    this.#note(kind, value, 0, start);
    return { kind, flow, value };
  }

  /** The same, where it can be fitted: a Gaussian cannot if columns nearly depend on one another. */
  #attempt(kind: "gaussian" | "mixture"): { kind: ModelKind; flow: Flow; value: number }[] {
    try {
      return [this.#closed(kind)];
    } catch (error) {
      if (!(error instanceof NotPositiveDefiniteError)) throw error;
      this.#note(kind, Number.NaN, 0, milliseconds());
      return [];
    }
  }

  #hasTriedEnough(): boolean {
    const { budget, steps } = this.#options;
    return steps === undefined && milliseconds() - this.#start > MOST_TRIALS * 1000 * budget;
  }

  /** How much better a kind must be in its trial: where training is much longer, what gains most from long training is not given up for a small lead. */
  #lead({ kind }: Trial, steps: number): number {
    return kind === TRIED[0] && this.#memberSteps() > LONG * steps ? LEAD : 0;
  }

  /** How many steps each kind is tried with. */
  #trialSteps(): number {
    const { steps: asked } = this.#options;
    if (asked !== undefined) return Math.min(asked, FEWEST_TRIAL_STEPS);
    const perStep = this.#timed(TRIED[0]);
    const steps = Math.floor((TRIAL * 1000 * this.#options.budget) / perStep);
    return Math.min(this.#memberSteps(), Math.max(FEWEST_TRIAL_STEPS, steps));
  }

  #timed(kind: TrainedKind): number {
    return millisecondsPerStep(this.#flow(kind, 0), RECIPES[kind], this.#data, this.#states.training);
  }

  /** A short training of one kind, whole with its schedule. */
  async #trial(kind: TrainedKind, steps: number): Promise<Trial> {
    const recipe = RECIPES[kind];
    const start = milliseconds();
    const flow = this.#flow(kind, 0);
    const { signal, threads, onTraining } = this.#hooks;
    onTraining?.(kind, steps, true);
    const times: number[] = [];
    const onStep = (): void => void times.push(milliseconds());
    const random = Random.from(this.#states.training).split(); // that of the first member
    const history = await unlessNotFinite(
      trainMember(flow, recipe, this.#data, steps, random, {
        ...(signal && { signal }),
        ...(threads && { threads }),
        onStep,
      }),
    );
    const value = history === null ? Number.NEGATIVE_INFINITY : this.#judge([flow]);
    this.#note(kind, value, steps, start);
    // the first half has warmed up the engine
    const [half, last] = [times.length >> 1, times.length - 1];
    const perStep = last > half ? (times[last] - times[half]) / (last - half) : this.#timed(kind);
    return { kind, flow, history, value, steps, perStep };
  }

  /** Trains members of one kind in the time that is left, and takes what the validation rows like best. */
  async #train(
    kind: TrainedKind,
    closed: readonly { kind: ModelKind; flow: Flow; value: number }[],
    asked: string,
    trial: Trial | null,
  ): Promise<Chosen> {
    const recipe = RECIPES[kind];
    const { steps, members } = this.#plan(kind, trial);
    const start = milliseconds();
    const flows: Flow[] = [];
    const histories: History[] = [];
    const training = Random.from(this.#states.training);
    let interrupted = false;
    for (let k = 0; k < members && !interrupted && !(this.#hooks.signal?.aborted && trial !== null); k++) {
      if (k > 0 && this.#isTooLateFor((milliseconds() - start) / k)) break;
      const flow = this.#flow(kind, k);
      this.#hooks.onTraining?.(kind, steps, false);
      const history = await unlessNotFinite(
        trainMember(flow, recipe, this.#data, steps, training.split(), this.#hooks),
        asked !== "" && k === 0,
      );
      if (history === null) continue;
      interrupted = history.stopped === "aborted";
      if (interrupted && flows.length > 0) break;
      flows.push(flow);
      histories.push(history);
    }
    const value = flows.length === 0 ? Number.NEGATIVE_INFINITY : this.#judge(flows);
    if (flows.length > 0) this.#note(kind, value, steps, start, flows.length);
    interrupted ||= this.#hooks.signal?.aborted === true;
    const reason = (taken: ModelKind, score: number): string => (asked === "" ? this.#reason(taken, score) : asked);
    const best = [...closed, ...(trial === null ? [] : [trial])].sort((a, b) => b.value - a.value)[0];
    if (best !== undefined && best.value > value) {
      const of = best === trial ? trial : null;
      const told = of === null ? histories : [of.history].flatMap((history) => history ?? []);
      return { ...this.#taken(best.flow, best.kind, told, reason(best.kind, best.value), of?.steps ?? 0), interrupted };
    }
    if (value === Number.NEGATIVE_INFINITY) {
      throw new NonFiniteError("the score of the validation rows must be finite; that of no model was", {
        op: "validation",
        index: [],
      });
    }
    const flow = flows.length === 1 ? flows[0] : ensemble(flows);
    return { ...this.#taken(flow, kind, histories, reason(kind, value), steps, flows.length), interrupted };
  }

  /** How many steps, of how many members: none where less time is left than a trial had. */
  #plan(kind: TrainedKind, trial: Trial | null): { steps: number; members: number } {
    const { budget, steps: asked, members } = this.#options;
    const whole = this.#memberSteps();
    if (asked !== undefined) return { steps: asked, members: members ?? 1 };
    const perStep = trial?.perStep ?? this.#timed(kind);
    const left = Math.floor((1000 * budget - (milliseconds() - this.#start)) / perStep);
    if (trial !== null && left < 2 * trial.steps) return { steps: 0, members: 0 }; // no better than the trial
    const most = members ?? (trial === null ? 1 : MOST_MEMBERS);
    const flows = members ?? Math.max(1, Math.min(most, Math.floor(left / whole)));
    return { steps: Math.max(1, Math.min(Math.floor(left / flows), whole)), members: flows };
  }

  /** Whether there is no time for one more member, where time is what counts: each may have taken longer than was thought. */
  #isTooLateFor(perMember: number): boolean {
    const { budget, steps, members } = this.#options;
    if (steps !== undefined || members !== undefined) return false;
    return milliseconds() - this.#start + perMember > 1000 * budget;
  }

  /** Steps after which more would teach a member little. */
  #memberSteps(): number {
    return Math.max(FEWEST_STEPS, Math.ceil((EPOCHS * this.#subject.rows) / BATCH));
  }

  /** The k-th flow of a kind, not trained. */
  #flow(kind: TrainedKind, k: number): Flow {
    let random = Random.from(this.#states.flows);
    for (let i = 0; i <= k; i++) random = random.split();
    const flow = RECIPES[kind].make(this.#subject, random);
    return this.#tails ? behindTails(flow) : flow;
  }

  /** The mean of log p over the validation rows, of the mean of the flows' densities; −∞ where it is not finite. */
  #judge(flows: readonly Flow[]): number {
    const { coordinates, validation } = this.#data;
    const scores = logMeanExp(flows.map((flow) => pointScores(flow, coordinates, validation.x, validation.context)));
    const value = scores.reduce((sum, score) => sum + score, 0) / scores.length + this.#volume;
    return Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY;
  }

  #note(model: ModelKind, value: number, steps: number, start: number, members = 1): void {
    const validation = Number.isFinite(value) ? value : null;
    this.#candidates.push({ model, members, steps, validation, seconds: (milliseconds() - start) / 1000 });
  }

  #reason(kind: ModelKind, value: number): string {
    const others = this.#candidates.filter(({ model, validation }) => model !== kind && validation !== value);
    const said = others.map((each) => `${each.model} ${each.validation?.toFixed(3) ?? "not finite"}`).join(", ");
    return `of all tried it gives the validation rows the highest mean log-likelihood, ${value.toFixed(3)} nats${said && ` (${said})`}`;
  }

  #taken(flow: Flow, model: ModelKind, histories: readonly History[], reason: string, steps = 0, members = 1): Chosen {
    const tails = this.#tails && steps > 0;
    const choice: Choice = { model, members, steps, tails, reason, candidates: this.#candidates };
    return { flow, choice, histories, interrupted: false };
  }
}
