// What a text behind an option means.

import type { ColumnTypeOption } from "../density/index.ts";
import { wrongCall } from "./wrongCall.ts";

/** What a text on the command line means, or CommandError. */
export type Read<Value> = (text: string, option: string) => Value;

/** An integer from there on. */
export const integer =
  (least: number): Read<number> =>
  (text, option) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw wrongCall(`--${option} must be an integer ≥ ${least}; got "${text}"`);
  };

/** A number above 0. */
export const positive: Read<number> = (text, option) => {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && Number.isFinite(value) && value > 0) return value;
  throw wrongCall(`--${option} must be a number > 0; got "${text}"`);
};

/** A number between 0 and 1. */
export const share: Read<number> = (text, option) => {
  const value = Number(text);
  if (/^\d*\.\d+$/.test(text) && value > 0 && value < 1) return value;
  throw wrongCall(`--${option} must be a share between 0 and 1, such as 0.2; got "${text}"`);
};

/** One of these words. */
export const oneOf =
  <Word extends string>(...words: readonly Word[]): Read<Word> =>
  (text, option) => {
    const word = words.find((each) => each === text);
    if (word !== undefined) return word;
    throw wrongCall(`--${option} knows only ${words.map((each) => `"${each}"`).join(", ")}; got "${text}"`);
  };

/** Any text but an empty one. */
export const text: Read<string> = (given, option) => {
  if (given !== "") return given;
  throw wrongCall(option === "output" ? "-o needs a file name" : `--${option} needs a value`);
};

/** Characters that shells make hard to write, by name. */
const NAMED: Readonly<Record<string, string>> = {
  tab: "\t",
  "\\t": "\t",
  space: " ",
  comma: ",",
  semicolon: ";",
  pipe: "|",
};

/** One character, or its name. */
export const character: Read<string> = (given, option) => {
  const value = NAMED[given] ?? given;
  if (value.length === 1) return value;
  throw wrongCall(`--${option} must be one character, or one of tab, space, comma, semicolon, pipe; got "${given}"`);
};

/** `"a,b",c` → a,b and c: names, separated as cells of a table are. As it stands, too, for a column that has a comma in its name. */
export const list: Read<NameList> = (given, option) => {
  const names = [...given.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)]
    .slice(0, given === "" ? 1 : undefined)
    .filter(({ 0: all, index }) => all !== "" || index < given.length)
    .map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain.trim());
  if (names.length > 0 && names.every((name) => name !== "")) return { names, asItStands: given };
  throw wrongCall(`--${option} needs names with commas between them; got "${given}"`);
};

/** Names from the command line. */
export interface NameList {
  readonly names: readonly string[];
  /** The text, which may itself be the name of a column. */
  readonly asItStands: string;
}

const DIGITS = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?";
const NUMBER = new RegExp(`^${DIGITS}$`, "i");
const INTERVAL = new RegExp(`^(${DIGITS})\\.\\.(${DIGITS})$`, "i");

/** Blanks may be empty. */
export const cells: Read<readonly string[]> = (given) => given.split(",");

/** `column=value`: a number, or a label. */
export const assignment: Read<readonly [string, number | string]> = (given) => {
  const at = given.lastIndexOf("=");
  const spelled = given.slice(at + 1).trim();
  if (at < 1 || spelled === "") {
    throw wrongCall(`--given needs a column and a value, such as --given mass_g=4000; got "${given}"`);
  }
  const value = Number(spelled);
  const isNumber = NUMBER.test(spelled) && Number.isFinite(value);
  return [given.slice(0, at).trim(), isNumber ? value : spelled];
};

/** `a=integer,b=real,c=0.5,d=0..1`, or one type for all columns. */
export const types: Read<AskedTypes> = (given, option) => {
  const parts = list(given, option).names;
  if (parts.length === 1 && !parts[0].includes("=")) return { only: typeIn(parts[0], option), byName: {} };
  const pairs = parts.map((part) => {
    const at = part.lastIndexOf("=");
    if (at < 1) throw wrongCall(`--${option} needs names and types, such as a=integer,b=real; got "${part}"`);
    return [part.slice(0, at).trim(), typeIn(part.slice(at + 1).trim(), option)] as const;
  });
  const names = pairs.map(([name]) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw wrongCall(`--${option}: each column once; got ${repeated} twice`);
  return { byName: Object.fromEntries(pairs) };
};

function typeIn(word: string, option: string): ColumnTypeOption {
  if (word === "real" || word === "integer" || word === "positive") return word;
  const [low, high] = (word.match(INTERVAL) ?? []).slice(1).map(Number);
  if (low < high && Number.isFinite(high - low)) return { interval: [low, high] };
  const step = Number(word);
  if (NUMBER.test(word) && step > 0 && Number.isFinite(step)) return { rounded: step };
  throw wrongCall(
    `--${option} knows real, integer, positive, a step such as 0.5, and an interval such as 0..1; got "${word}"`,
  );
}

/** What `--types` says. */
export interface AskedTypes {
  /** Of all columns. */
  readonly only?: ColumnTypeOption;
  readonly byName: { readonly [column: string]: ColumnTypeOption };
}
