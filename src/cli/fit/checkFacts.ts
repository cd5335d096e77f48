import { quote } from "../../io/tables/cellTexts.ts";
import type { Combination } from "../../io/tables/columnCombinations.ts";
import type { ColumnFacts } from "../../io/tables/columnFacts.ts";
import { CommandError } from "../commandError.ts";
import { listed } from "./chooseColumns.ts";

/** A value that stands out with this share of the rows is no accident: a continuous density cannot describe the column … */
const ATOM_SHARE = 0.1;
/** … nor one with so large a share, whatever the others are. */
const HALF = 0.5;

/**
 * What is to be said of the columns that are fitted, for the report. Throws CommandError, with names and remedy, where they have no continuous density, whatever the seed: constant
 * columns, equal ones, combinations of others, and values that hold a good part of the rows.
 */
export function checkFacts(all: readonly ColumnFacts[], modelled: readonly string[]): string[] {
  for (const fact of all) refuseDegenerate(fact);
  const facts = all.filter(({ name }) => modelled.includes(name)); // what is given may have any values
  for (const { name, atoms } of facts) {
    const atom = atoms.find(({ share, standsOut }) => share >= (standsOut ? ATOM_SHARE : HALF));
    if (atom === undefined) continue;
    throw new CommandError(
      `column ${name}: ${atom.count} rows (${percent(atom.share)}) are exactly ${atom.value}, which no continuous density can describe: leave it out with --exclude ${quote(name)}, ` +
        `state it with --condition ${quote(name)}, or fit the other rows by themselves`,
    );
  }
  return [...roundingRemarks(facts), ...atomRemarks(facts)];
}

function refuseDegenerate({ name, constant, duplicateOf, combination }: ColumnFacts): void {
  const remedy = `leave it out with --exclude ${quote(name)}`;
  if (constant !== undefined)
    throw new CommandError(`column ${name} is constant (${constant}): it has no density; ${remedy}`);
  if (duplicateOf !== undefined) {
    throw new CommandError(
      `column ${name} equals ${duplicateOf} in every row: together they have no density; ${remedy}`,
    );
  }
  if (combination === undefined) return;
  throw new CommandError(
    `column ${name} is ${combinationInWords(combination)}, in every row: together they have no density; ${remedy}`,
  );
}

/** `2·a − b + …` */
function combinationInWords({ partners, more }: Combination): string {
  const terms = partners.map(({ name, coefficient }, i) => {
    const size = Number(Math.abs(coefficient).toPrecision(4));
    const sign = coefficient < 0 ? (i === 0 ? "−" : "− ") : i === 0 ? "" : "+ ";
    return `${sign}${size === 1 ? "" : `${size}·`}${name}`;
  });
  return `${terms.join(" ")}${more > 0 ? ` + … (${more} more columns)` : ""} + a constant`;
}

function roundingRemarks(facts: readonly ColumnFacts[]): string[] {
  const rounded = facts.filter(({ rounding }) => rounding !== undefined);
  const fine = byStep(rounded.filter(({ rounding }) => !rounding?.coarse && rounding?.decimals !== undefined));
  const coarse = byStep(rounded.filter(({ rounding }) => rounding?.coarse));
  return [
    ...(fine === "" ? [] : [`rounded ${fine}`]),
    ...(coarse === "" ? [] : [`coarsely rounded, so that a density may spike at values, ${coarse}`]),
  ];
}

/** `to integers: a, b; to 0.1: c` */
function byStep(facts: readonly ColumnFacts[]): string {
  const groups = new Map<number, string[]>();
  for (const { name, rounding } of facts) {
    const step = Number((rounding?.step ?? 0).toPrecision(6));
    groups.set(step, [...(groups.get(step) ?? []), name]);
  }
  return [...groups].map(([step, names]) => `to ${step === 1 ? "integers" : step}: ${listed(names)}`).join("; ");
}

function atomRemarks(facts: readonly ColumnFacts[]): string[] {
  return facts.flatMap(({ name, atoms }) =>
    atoms
      .filter(({ standsOut }) => standsOut)
      .map(
        ({ value, count, share }) =>
          `${count} rows (${percent(share)}) of ${name} are exactly ${value}: a density may spike there`,
      ),
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
