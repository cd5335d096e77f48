import { basename, join } from "node:path";
import { someOf } from "../../density/checkFacts.ts";
import { written } from "../../density/figure.ts";
import type { FittedTable, FittingStart } from "../../density/fitTable.ts";
import type { Choice } from "../../density/index.ts";
import { modelPicture } from "../../plot/index.ts";
import { Random } from "../../tensor/index.ts";
import type { History } from "../../training/index.ts";
import { gaussianLines, type Judgement, wildRemark } from "../judgement.ts";
import { writeWhole } from "../output.ts";
import { nameOfInput } from "../tableInput.ts";

/** With fewer than these a flow is seldom better than a Gaussian, and what is held out cannot tell. */
const FEW_ROWS = 200;

/** What is known before the first step. */
export function startLines(file: string, notes: readonly string[], start: FittingStart): string[] {
  const { columns, conditions, notes: found } = start.facts;
  const [train, validation, test] = [start.train, start.validation, start.test].map(({ x }) => x.shape[0]);
  const given = conditions.length === 0 ? "" : ` given ${someOf(conditions.map(({ name }) => name))}`;
  return [
    `${nameOfInput(file)}: ${someOf(columns.map(({ name }) => name))}${given}; ${start.rows} rows (train ${train}, validation ${validation}, held out ${test})`,
    ...[...notes, ...found].map((note) => `  ${note}`),
  ];
}

/** What was tried, and what was taken. */
export function choiceLines({ candidates, model, members, steps, reason }: Choice): string[] {
  const tried = candidates.map(({ model: name, members: flows, validation, steps: made, seconds }) => {
    const how = made === 0 ? "" : `, ${flows > 1 ? `${flows} × ` : ""}${made} steps`;
    return `  tried ${name.padEnd(18)} ${validation?.toFixed(4) ?? "not finite"} nats on the validation rows${how}, ${(seconds ?? 0).toFixed(1)} s`;
  });
  const size = members > 1 ? `, an ensemble of ${members}` : "";
  return [
    ...(candidates.length > 1 ? tried : []),
    `  taken: ${model}${size}${steps > 0 ? `, ${steps} steps` : ""}: ${reason}`,
  ];
}

/** Where a training that was asked for ended before its last step. */
export function patienceLines(histories: readonly History[], { candidates, steps }: Choice, last: number): string[] {
  if (candidates.length > 1 || histories.at(-1)?.stopped !== "patience") return [];
  return [`  ended after step ${last} of ${steps}: the validation rows had seen nothing better for a while`];
}

/** What the figures are. */
export function figureLines(judgement: Judgement, lineOf: (row: number) => number, heldOut: number): string[] {
  const { logLikelihood, median } = judgement;
  return [
    `  held-out log-likelihood  ${written(logLikelihood)} nats per row, in the units of the file; median ${median.toFixed(4)}`,
    ...gaussianLines(judgement, "the same training rows", `; ± is one standard error of ${heldOut} rows`),
    ...wildRemark(judgement, lineOf).map((remark) => `  ${remark}`),
  ];
}

/** What the figures do not say by themselves. */
export function remarksOn({ gain }: Judgement, different: number, heldOut: number, kind: string): string[] {
  const remarks: string[] = [];
  if (different < FEW_ROWS) {
    remarks.push(`a small table: ${different} different rows, of which the ${heldOut} held out can tell little`);
  }
  // written so that NaN and ∞ count as not better
  if (kind !== "gaussian" && gain !== null && !(gain.mean > 2 * gain.error)) {
    remarks.push(
      `the model is not better than the Gaussian by more than twice its standard error: ${written(gain)}; the Gaussian is simpler`,
    );
  }
  return remarks;
}

/** Report, figures and picture in a folder. Returns the path of the picture. */
export async function writeReport(
  folder: string,
  lines: readonly string[],
  result: object,
  file: string,
  { model, test }: FittedTable,
): Promise<string | null> {
  const picture = model.conditions.length === 0 ? join(folder, "picture.svg") : null;
  if (picture !== null) {
    const title = `${basename(nameOfInput(file))}: what the model has learned`;
    writeWhole(
      picture,
      await modelPicture(model.inUnits, { title, names: model.columns, data: test.x, random: new Random(1) }),
    );
  }
  writeWhole(join(folder, "report.txt"), lines.map((line) => `${line}\n`).join(""));
  writeWhole(join(folder, "report.json"), `${JSON.stringify({ ...result, picture })}\n`);
  return picture;
}
