// Which model describes a table best: each kind is tried, the validation rows decide, and the best flow is trained with the time that is left.

import { NotPositiveDefiniteError } from "../autograd/ops/linalg/cholesky.ts";
import { fitMixture } from "../distributions/fitMixture.ts";
import { fitNormal } from "../distributions/fitNormal.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { ensemble } from "../flows/ensemble.ts";
import { Flow } from "../flows/flow.ts";
import { permutation } from "../flows/layers/permutation.ts";
import { Random, type RandomState } from "../tensor/random.ts";
import { milliseconds } from "../training/clock.ts";
import type { History } from "../training/history.ts";
import { logMeanExp } from "./logMeanExp.ts";
import { pointScores } from "./densityModel.ts";
import { type FitData, millisecondsPerStep, type TrainingHooks, trainMember } from "./memberTraining.ts";
import { behindTails, type ModelKind, RECIPES, type Subject, type TrainedKind } from "./recipes.ts";

/** A model that was tried. */
export interface Candidate {
  readonly model: ModelKind;
  /** The mean of log p of the validation rows, nats, in the units of the table; null where it is not finite. */
  readonly validation: number | null;
  /** Of training; 0 where there is none. */
  readonly steps: number;
  readonly seconds: number;
}

/** Which model was taken, and why. */
export interface Choice {
  readonly model: ModelKind;
  /** How many flows there are in the ensemble. */
  readonly members: number;
  /** Of training, for each. With `model`, `members`, `steps` and the seed a fit comes out again to the bit, whatever the time it takes. */
  readonly steps: number;
  /** Whether the flows stand behind a layer that is logarithmic outside ±3 deviations. */
  readonly tails: boolean;
  /** In a sentence. */
  readonly reason: string;
  /** All that were tried, in that order; the model itself comes last. */
  readonly candidates: readonly Candidate[];
}

/** What is to be chosen, and within what. */
export interface ChoiceOptions {
  readonly model: ModelKind | "auto";
  /** Seconds for all of it. */
  readonly budget: number;
  readonly steps?: number;
  readonly members?: number;
  /** Whether flows may stand behind logarithmic tails: where the data ask for it. */
  readonly tails: boolean;
  readonly random: Random;
}

/** The model that was taken. */
export interface Chosen {
  readonly flow: Flow;
  readonly choice: Choice;
  /** How each member was trained. */
  readonly histories: readonly History[];
  readonly interrupted: boolean;
}

/** The kinds among which `auto` chooses, those that are quick to train first. */
const TRIED: readonly TrainedKind[] = ["maf", "realnvp", "nsf-coupling", "nsf"];
/** The share of the budget in which each of them is tried. */
const TRIAL = 0.035;
/** One member sees the rows about so many times, but takes no fewer steps than these. */
const [EPOCHS, FEWEST_STEPS, BATCH] = [40, 300, 256];
const MOST_MEMBERS = 8;
/** Flows with linear tails outside ±5 have something to gain from logarithmic ones as soon as rows lie there. */
const FAR = 5;

/** Chooses and trains. `volume` is the mean of log|det dy/dx| over the validation rows. */
export async function chooseModel(
  data: FitData,
  volume: number,
  options: ChoiceOptions,
  hooks: TrainingHooks & { readonly resume?: Uint8Array },
): Promise<Chosen> {
  const search = new Search(data, volume, options, hooks);
  return search.run();
}

/** The whole of it, for one table. */
class Search {
  readonly #data: FitData;
  readonly #volume: number;
  readonly #options: ChoiceOptions;
  readonly #hooks: TrainingHooks & { readonly resume?: Uint8Array };
  readonly #subject: Subject;
  readonly #tails: boolean;
  readonly #start = milliseconds();
  readonly #candidates: Candidate[] = [];
  /** The states of random generators, so that what one model draws does not depend on which others were tried. */
  readonly #states: { readonly mixture: RandomState; readonly flows: RandomState; readonly training: RandomState };

  constructor(data: FitData, volume: number, options: ChoiceOptions, hooks: TrainingHooks & { readonly resume?: Uint8Array }) {
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
    if (model !== "auto") return this.#train(model, [], "it was asked for");
    const closed = this.#subject.context > 0 ? [] : (["gaussian", "mixture"] as const).flatMap((kind) => this.#attempt(kind));
    let best: { kind: TrainedKind; value: number; perStep: number } | null = null;
    for (const kind of TRIED) {
      const { leastColumns } = RECIPES[kind];
      if (this.#subject.dimensions < leastColumns || this.#hooks.signal?.aborted) continue;
      const tried = await this.#trial(kind);
      if (best === null || tried.value > best.value) best = { kind, ...tried };
    }
    const kind = best?.kind ?? "nsf";
    return this.#train(kind, closed, "", best?.perStep);
  }

  /** A model that is fitted without steps, as a flow. */
  #closed(kind: "gaussian" | "mixture"): { kind: ModelKind; flow: Flow; value: number } {
    const { train, validation } = this.#data;
    const start = milliseconds();
    const random = Random.from(this.#states.mixture);
    const density: Distribution =
      kind === "gaussian" ? fitNormal(train.x) : fitMixture(train.x, { random, validation: validation.x });
    const same = permutation({ permutation: Array.from({ length: this.#subject.dimensions }, (_, i) => i) });
    const flow = new Flow(density, same);
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
      this.#candidates.push({ model: kind, validation: null, steps: 0, seconds: 0 });
      return [];
    }
  }

  /** A short training of one kind, whole with its schedule. */
  async #trial(kind: TrainedKind): Promise<{ value: number; perStep: number }> {
    const recipe = RECIPES[kind];
    const perStep = millisecondsPerStep(this.#flow(kind, 0), recipe, this.#data, this.#states.training);
    const steps = Math.max(20, Math.min(this.#memberSteps(), Math.floor((TRIAL * 1000 * this.#options.budget) / perStep)));
    const start = milliseconds();
    const flow = this.#flow(kind, 0);
    await trainMember(flow, recipe, this.#data, steps, Random.from(this.#states.training), this.#hooks);
    const value = this.#judge([flow]);
    this.#note(kind, value, steps, start);
    return { value, perStep: Math.max(perStep, (milliseconds() - start) / steps) };
  }

  /** Trains members of one kind in the time that is left, and takes what the validation rows like best. */
  async #train(
    kind: TrainedKind,
    closed: readonly { kind: ModelKind; flow: Flow; value: number }[],
    asked: string,
    known?: number,
  ): Promise<Chosen> {
    const recipe = RECIPES[kind];
    const { steps, members } = this.#plan(kind, known);
    const start = milliseconds();
    const flows: Flow[] = [];
    const histories: History[] = [];
    const training = Random.from(this.#states.training);
    let interrupted = false;
    for (let k = 0; k < members && !interrupted; k++) {
      const flow = this.#flow(kind, k);
      const history = await trainMember(flow, recipe, this.#data, steps, training.split(), this.#hooks);
      interrupted = history.stopped === "aborted";
      if (interrupted && k > 0) break;
      flows.push(flow);
      histories.push(history);
    }
    const value = this.#judge(flows);
    this.#note(kind, value, steps * flows.length, start);
    const better = closed.filter((each) => each.value > value).sort((a, b) => b.value - a.value)[0];
    if (better !== undefined) {
      return { ...this.#taken(better.flow, better.kind, histories, this.#reason(better.kind)), interrupted };
    }
    const flow = flows.length === 1 ? flows[0] : ensemble(flows);
    const reason = asked === "" ? this.#reason(kind) : asked;
    return { ...this.#taken(flow, kind, histories, reason, steps, flows.length), interrupted };
  }

  /** How many steps, of how many members. */
  #plan(kind: TrainedKind, known: number | undefined): { steps: number; members: number } {
    const { budget, steps: asked, members } = this.#options;
    const whole = this.#memberSteps();
    if (asked !== undefined) return { steps: asked, members: members ?? 1 };
    const perStep = known ?? millisecondsPerStep(this.#flow(kind, 0), RECIPES[kind], this.#data, this.#states.training);
    const left = Math.max(1, Math.floor((1000 * budget - (milliseconds() - this.#start)) / perStep));
    const fitting = members ?? Math.max(1, Math.min(MOST_MEMBERS, Math.floor(left / whole)));
    return { steps: Math.max(1, Math.min(Math.floor(left / fitting), whole)), members: fitting };
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

  #note(model: ModelKind, value: number, steps: number, start: number): void {
    const validation = Number.isFinite(value) ? value : null;
    this.#candidates.push({ model, validation, steps, seconds: (milliseconds() - start) / 1000 });
  }

  #reason(kind: ModelKind): string {
    const others = this.#candidates.slice(0, -1).filter(({ model }) => model !== kind);
    const said = others.map(({ model, validation }) => `${model} ${validation?.toFixed(3) ?? "not finite"}`).join(", ");
    const own = this.#candidates.filter(({ model }) => model === kind).at(-1)?.validation;
    return `of all tried it gives the validation rows the highest mean log-likelihood, ${own?.toFixed(3) ?? "none"} nats (${said})`;
  }

  #taken(flow: Flow, model: ModelKind, histories: readonly History[], reason: string, steps = 0, members = 1): Chosen {
    const tails = this.#tails && steps > 0;
    const choice: Choice = { model, members, steps, tails, reason, candidates: this.#candidates };
    return { flow, choice, histories, interrupted: false };
  }
}
