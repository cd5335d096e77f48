import { basename, join } from "node:path";
import type { Flow } from "../../flows/index.ts";
import { modelPicture } from "../../plot/index.ts";
import { Random, type Tensor } from "../../tensor/index.ts";
import { written } from "../figure.ts";
import { type Judgement, wildRemark } from "../judgement.ts";
import { writeWhole } from "../output.ts";
import { nameOfInput } from "../tableInput.ts";
import type { Subject } from "./tableSubject.ts";

/** With fewer than these a flow is seldom better than a Gaussian, and what is held out cannot tell. */
const FEW_ROWS = 200;

/** What the figures are. */
export function figureLines(judgement: Judgement, lineOf: (row: number) => number, heldOut: number): string[] {
  const { logLikelihood, median, gaussian, gain } = judgement;
  return [
    `  held-out log-likelihood  ${written(logLikelihood)} nats per row, in the units of the file; median ${median.toFixed(4)}`,
    `  full-covariance Gaussian ${written(gaussian)} nats per row, fitted to the same training rows`,
    `  flow − Gaussian          ${written(gain)} nats per row, paired; ± is one standard error of ${heldOut} rows`,
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
  if (kind !== "gaussian" && !(gain.mean > 2 * gain.error)) {
    remarks.push(
      `the flow is not better than the Gaussian by more than twice its standard error: ${written(gain)}; the Gaussian is simpler`,
    );
  }
  return remarks;
}

/** Report, figures and picture in a folder. Returns the path of the picture. */
export async function writeReport(
  folder: string,
  lines: readonly string[],
  result: object,
  flow: Flow,
  { file, chosen: { columns, conditions } }: Subject,
  test: { readonly x: Tensor; readonly context: Tensor | undefined },
): Promise<string | null> {
  const picture = conditions.length === 0 ? join(folder, "picture.svg") : null;
  if (picture !== null) {
    const title = `${basename(nameOfInput(file))}: what the model has learned`;
    writeWhole(picture, await modelPicture(flow, { title, names: columns, data: test.x, random: new Random(1) }));
  }
  writeWhole(join(folder, "report.txt"), lines.map((line) => `${line}\n`).join(""));
  writeWhole(join(folder, "report.json"), `${JSON.stringify({ ...result, picture })}\n`);
  return picture;
}
