import type { Combination } from "../io/tables/columnCombinations.ts";
import type { ColumnFacts } from "../io/tables/columnFacts.ts";
import { DomainError } from "../tensor/errors.ts";
import type { Wording } from "./wording.ts";

/** A value that stands out with this share of the rows is no accident: a continuous density cannot describe the column … */
const ATOM_SHARE = 0.1;
/** … nor one with so large a share, whatever the others are. */
const HALF = 0.5;

/** What the facts say of the columns that were to be modelled. */
export interface Verdict {
  /** The columns that have a density of their own, beside the others. */
  readonly columns: readonly string[];
  /** Lines for the report. */
  readonly remarks: readonly string[];
}

/**
 * Sets aside, by name, columns that have no density beside the others: constant ones, copies, and combinations of others. Throws DomainError where a column is given whose
 * values the others decide; and for `continuous` columns of which one value holds a good part of the rows.
 */
export function checkFacts(
  all: readonly ColumnFacts[],
  modelled: readonly string[],
  continuous: (name: string) => boolean,
  wording: Wording,
): Verdict {
  const remarks: string[] = [];
  const columns = modelled.filter((name) => {
    const fact = all.find((each) => each.name === name) as ColumnFacts;
    const why = degeneracyOf(fact);
    if (why !== null) remarks.push(`set aside, ${why}: ${name}`);
    return why === null;
  });
  for (const fact of all) {
    const { name, combination } = fact;
    if (modelled.includes(name) || combination === undefined) continue;
    if (!combination.partners.some((partner) => modelled.includes(partner.name))) continue;
    throw new DomainError(
      `${wording.operation}: column ${name}, which is given, is ${combinationInWords(combination)}, in every row: given it these have no density; leave one out with ${wording.exclude(name)}`,
    );
  }
  const facts = all.filter(({ name }) => columns.includes(name)); // what is given may have any values
  for (const { name, atoms } of facts) {
    const atom = atoms.find(({ share, standsOut }) => share >= (standsOut ? ATOM_SHARE : HALF));
    if (atom === undefined || !continuous(name)) continue;
    throw new DomainError(
      `${wording.operation}: column ${name}: ${atom.count} rows (${percent(atom.share)}) are exactly ${atom.value}, which no continuous density can describe: leave it out with ${wording.exclude(name)}, ` +
        `state it with ${wording.condition(name)}, fit the other rows by themselves, or model it all the same with ${wording.typed(name)}`,
    );
  }
  return { columns, remarks: [...remarks, ...roundingRemarks(facts), ...atomRemarks(facts)] };
}

/** Why a column has no density beside the others; null if it has one. */
function degeneracyOf({ constant, duplicateOf, combination }: ColumnFacts): string | null {
  if (constant !== undefined) return `constant (${constant}), without a density`;
  if (duplicateOf !== undefined) return `equal to ${duplicateOf} in every row`;
  return combination === undefined ? null : `${combinationInWords(combination)} in every row`;
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
  return [...(fine === "" ? [] : [`rounded ${fine}`]), ...(coarse === "" ? [] : [`coarsely rounded ${coarse}`])];
}

/** `to integers: a, b; to 0.1: c` */
function byStep(facts: readonly ColumnFacts[]): string {
  const groups = new Map<number, string[]>();
  for (const { name, rounding } of facts) {
    const step = Number((rounding?.step ?? 0).toPrecision(6));
    groups.set(step, [...(groups.get(step) ?? []), name]);
  }
  return [...groups].map(([step, names]) => `to ${step === 1 ? "integers" : step}: ${someOf(names)}`).join("; ");
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

/** Names for a line of the report. */
export function someOf(names: readonly string[]): string {
  return names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")}, … (${names.length} in all)`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
