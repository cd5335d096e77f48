import type { Pointwise } from "../autograd/rule.ts";
import { stretchedStrides } from "../tensor/kernels/strides.ts";
import type { Shape } from "../tensor/shape.ts";
import type { Spread } from "../tensor/simd/fusedChain.ts";
import type { Op, Program, Storage } from "./program.ts";

/** Ops that are computed number by number in one go, over matrices of that size. */
export interface Chain {
  readonly kind: "chain";
  readonly size: number;
  /** How long the rows are; null if it does not matter, because nothing is spread along rows or columns. */
  columns: number | null;
  readonly links: Link[];
}

/** One op of a chain: its formula, and how its operands lie. Numbers are constants of the formula. */
export interface Link {
  readonly formula: Pointwise["formula"];
  readonly operands: readonly (LinkOperand | number)[];
  readonly to: Storage;
}

/** An operand of a link, and how it lies beside the result. */
export interface LinkOperand {
  readonly storage: Storage;
  readonly spread: Spread;
  /** Of a row: so many times each of its numbers stands in the row; one for each channel of images, for all of its pixels. */
  readonly repeat: number;
}

/** Something that the plan does at one go. */
export type Unit = Chain | { readonly kind: "op"; readonly op: Op };

/** A chain is not longer: there are sixteen registers, and code must be assembled. */
const MOST_LINKS = 24;

/** The program in units: ops that work number by number join the first chain that they fit in, after all that they need. */
export function unitsOf({ ops }: Program): Unit[] {
  const units: Unit[] = [];
  /** The unit that makes it. */
  const madeBy = new Map<Storage, number>();
  for (const op of ops) {
    const alone = chainOf(op);
    const least = op.inputs.reduce((last, { storage }) => Math.max(last, madeBy.get(storage) ?? -1), -1);
    const chain = alone && units.slice(Math.max(0, least)).find((unit) => unit.kind === "chain" && fits(unit, alone));
    if (chain && alone) {
      (chain as Chain).links.push(...alone.links);
      (chain as Chain).columns ??= alone.columns;
      madeBy.set(op.outputs[0].storage, units.indexOf(chain));
      continue;
    }
    units.push(alone ?? { kind: "op", op });
    for (const { storage } of op.outputs) madeBy.set(storage, units.length - 1);
  }
  return units;
}

function fits(chain: Chain, { size, columns }: Chain): boolean {
  if (chain.size !== size || chain.links.length >= MOST_LINKS) return false;
  return chain.columns === null || columns === null || chain.columns === columns;
}

/** The formula of an op, if it has one; or the name of its kernel. */
export function loweringOf({ rule, attributes }: Op): Pointwise | string | null {
  const lowering = rule?.lowering;
  if (lowering === undefined) return null;
  if (typeof lowering === "function") return lowering(...attributes);
  return typeof lowering === "string" ? lowering : { formula: lowering };
}

/** The op as a chain of its own; null if it has no formula, or its operands lie otherwise than a chain can read. */
function chainOf(op: Op): Chain | null {
  const lowering = loweringOf(op);
  if (lowering === null || typeof lowering === "string") return null;
  const [{ storage: to, shape }] = op.outputs;
  let columns: number | null = null;
  const operands: (LinkOperand | number)[] = [];
  for (const { storage, shape: from } of op.inputs) {
    const place = spreadOf(shape, from, to.size, storage.size);
    if (place === null || (columns !== null && place.columns !== null && place.columns !== columns)) return null;
    columns ??= place.columns;
    operands.push({ storage, spread: place.spread, repeat: place.repeat });
  }
  operands.push(...(lowering.constants ?? []));
  return { kind: "chain", size: to.size, columns, links: [{ formula: lowering.formula, operands, to }] };
}

/** How an operand of that shape lies beside a result; null for what is spread otherwise than along rows, or columns, or both with its numbers between. */
function spreadOf(
  shape: Shape,
  operand: Shape,
  size: number,
  operandSize: number,
): { spread: Spread; columns: number | null; repeat: number } | null {
  if (operandSize === size) return { spread: "matrix", columns: null, repeat: 1 };
  if (operandSize === 1) return { spread: "number", columns: null, repeat: 1 };
  const strides = stretchedStrides(shape, operand);
  // axes of length 1 say nothing; along the others an operand is stretched, or it is not
  const stretched = shape.flatMap((length, axis) => (length === 1 ? [] : [{ length, stretched: strides[axis] === 0 }]));
  const changes = stretched.filter((axis, i) => i > 0 && axis.stretched !== stretched[i - 1].stretched).length;
  const [{ stretched: first }] = stretched;
  if (changes !== 1 && !(changes === 2 && first)) return null;
  const sizeWhere = (is: boolean, from: number): number =>
    stretched.slice(from).reduce((product, each) => (each.stretched === is ? product * each.length : product), 1);
  if (!first) return { spread: "column", columns: sizeWhere(true, 0), repeat: 1 };
  // what is stretched behind the operand's own axes repeats each of its numbers
  const repeat = sizeWhere(
    true,
    stretched.findIndex((axis) => !axis.stretched),
  );
  return { spread: "row", columns: operandSize * repeat, repeat };
}

/** The storages of a chain that are matrices, or results. */
export function matricesOf({ links }: Chain): Storage[] {
  return links.flatMap(({ operands, to }) => [
    to,
    ...operands.flatMap((each) => (typeof each !== "number" && each.spread === "matrix" ? [each.storage] : [])),
  ]);
}

/** The storages that a unit reads and writes. */
export function touchedBy(unit: Unit): Storage[] {
  if (unit.kind === "op") return [...unit.op.inputs, ...unit.op.outputs].map(({ storage }) => storage);
  return unit.links.flatMap(({ operands, to }) => [
    ...operands.flatMap((each) => (typeof each === "number" ? [] : [each.storage])),
    to,
  ]);
}
