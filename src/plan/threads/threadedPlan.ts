import { addSimd } from "../../tensor/simd/simdArithmetic.ts";
import { OWN_START, ownMemory } from "../../tensor/simd/webAssembly.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { type Arrangement, arrange, type Placed } from "../arrangement.ts";
import { asMatrix, type Call, Emitter, type Place } from "../emitter.ts";
import { KernelSet } from "../kernels/kernelSet.ts";
import { bind, MOST_BYTES, type Plan, type PlanOptions } from "../plan.ts";
import type { Op, Operand, Program, Storage } from "../program.ts";
import { type Sections, sectionsOf } from "../sections.ts";
import type { TaskCall } from "./claims.ts";
import { namesOfPlain } from "./plainFunctions.ts";
import type { Team } from "./team.ts";

/** A program on so many rows. */
export interface OfRows {
  readonly program: Program;
  readonly rows: number;
}

/** A buffer of so many numbers, with room for the number too many, on lines of the cache of its own. */
function room(numbers: number): number {
  return (8 * numbers + 8 + 63) & -64;
}

/**
 * The plan of a sum over `count` rows, and what is computed from it, by threads: `piece` is the program on as many of them as one task takes, 64·2ᵏ, `rest` that
 * on what is left for the last, or on any other number if nothing is. What is given row by row is to be given for all rows. The same bits as by one thread: all
 * sums over rows are those of pieces, added pairwise (kernels/shards.ts). Null where the program is not of that kind, or has an op without a kernel.
 */
export function threadedPlanOf(
  piece: OfRows,
  rest: OfRows,
  count: number,
  team: Team,
  { beside }: PlanOptions = {},
): Plan | null {
  const pieces = Math.ceil(count / piece.rows);
  const lastRows = count - (pieces - 1) * piece.rows;
  const found = sectionsOf(piece.program, piece.rows, rest.program, rest.rows);
  const foundRest = sectionsOf(rest.program, rest.rows, piece.program, piece.rows);
  if (found === null || foundRest === null || pieces < 2) return null;
  const { sections } = found;
  const kernels = new KernelSet();
  for (const [name, write] of Object.entries(beside?.kernels ?? {})) kernels.ask(name, write);

  // what all have in common
  let end = OWN_START;
  const take = (bytes: number): number => {
    end += bytes;
    return end - bytes;
  };
  const shared = new Map<Storage, number>();
  sections.piece.given.forEach((storage, k) => {
    if (shared.has(storage)) return;
    const size = sections.byRow[k] ? (storage.size / piece.rows) * count : storage.size;
    shared.set(storage, take(room(size)));
  });
  const slots = new Map<Storage, number>();
  let sumsSize = 0; // of the sums of a piece, one after the other
  for (const storage of sections.sums) {
    slots.set(storage, sumsSize);
    sumsSize += room(storage.size);
  }
  const sumsOf = Array.from({ length: pieces }, () => take(sumsSize));

  /** The parts that one thread does. */
  const alone = (program: Program, outside: ReadonlyMap<Storage, number>, sizes?: readonly number[]): Placed => {
    const arrangement = arrange(program, kernels, { outside: new Set(outside.keys()), ...(sizes && { sizes }) });
    return arrangement.at(
      take(arrangement.bytes + 64 - (arrangement.bytes % 64)),
      (storage) => outside.get(storage) as number,
    );
  };
  const once = alone(sections.once, shared);
  const known = new Map(shared);
  for (const [storage, offset] of slots) known.set(storage, sumsOf[0] + offset);
  const after = alone(sections.after, known, beside?.sizes);

  // the pieces
  const arranged = (of: Sections, twin: (storage: Storage) => Storage): Arrangement => {
    const outside = [...of.piece.given, ...of.sums].filter((storage) => known.has(twin(storage)));
    return arrange(of.piece, kernels, { outside: new Set(outside) });
  };
  const whole = arranged(sections, (storage) => storage);
  const twinOfRest = (storage: Storage): Storage => foundRest.twins.get(storage) as Storage;
  const short = lastRows === piece.rows ? whole : arranged(foundRest.sections, twinOfRest);
  if (!whole.isCompiled || !short.isCompiled) return null;
  const byRow = new Set(sections.piece.given.filter((_, k) => sections.byRow[k]));
  const placed = sumsOf.map((sums, k) => {
    const isLast = k === pieces - 1 && short !== whole;
    const { bytes } = isLast ? short : whole;
    return (isLast ? short : whole).at(take(bytes + 64 - (bytes % 64)), (storage) => {
      const twin = isLast ? twinOfRest(storage) : storage;
      const slot = slots.get(twin);
      if (slot !== undefined) return sums + slot;
      const rowsBefore = byRow.has(twin) ? 8 * k * twin.size : 0;
      return (shared.get(twin) as number) + rowsBefore;
    });
  });
  if (placed.some(({ calls }) => calls.some(({ kernel }) => kernel === null))) return null;
  const adding = addSums(kernels, sumsOf, sumsSize);

  const bytes = end - OWN_START + (1 << 16);
  if (bytes > MOST_BYTES) return null;
  const memory = ownMemory(bytes, true);
  const compiled = memory && kernels.in(memory);
  const imports = namesOfPlain(kernels.imports);
  if (memory === null || compiled === null || imports === null) return null;
  for (const each of [once, after, ...placed]) each.fill(memory.numbers);

  const names = Object.keys(compiled.kernels);
  const numbers = new Map(names.map((name, k) => [name, k]));
  const inOrder = [...placed].reverse(); // the last task is claimed first, and the last piece may be short
  const tasks = inOrder.map(({ calls }) =>
    calls.flatMap((call): TaskCall[] =>
      call.kernel === null ? [] : [[numbers.get(call.kernel) as number, call.args]],
    ),
  );
  const inPieces = team.enter(
    { memory: memory.memory, module: compiled.module, imports, kernels: names, tasks },
    inOrder.map(({ calls }) => bind(calls, compiled.kernels)),
  );
  const looks = placed.flatMap((each, k) => {
    const of = k === pieces - 1 && short !== whole ? foundRest.sections : sections;
    return of.checks.map((op) => lookAt(op, each, memory.numbers));
  });
  const [before, behind] = [bind(once.calls, compiled.kernels), bind([...adding, ...after.calls], compiled.kernels)];
  return {
    memory,
    bytes,
    kernels: compiled.kernels,
    calls: [...once.calls, ...placed.flatMap(({ calls }) => calls), ...adding, ...after.calls],
    given: piece.program.given.map((storage) => shared.get(storage) as number),
    beside: after.beside,
    wanted: piece.program.wanted.map(after.addressOf),
    run() {
      before();
      inPieces();
      for (const look of looks) look();
      behind();
    },
  };
}

/** Adds the sums of pieces to those of the first, in the order of kernels/shards.ts: a left half of as many as the largest power of two that is less, and a right one. */
function addSums(kernels: KernelSet, sums: readonly number[], bytes: number): readonly Call[] {
  const emit = new Emitter(kernels, () => ({ at: Number.NaN, rowBytes: 0 }));
  const place = (k: number): Place => ({ at: sums[k], rowBytes: bytes });
  const add = (first: number, count: number): void => {
    if (count === 1) return;
    const left = 1 << (31 - Math.clz32(count - 1));
    add(first, left);
    add(first + left, count - left);
    emit.map(addSimd, 1, bytes / 8, place(first), asMatrix(place(first)), asMatrix(place(first + left)));
  };
  add(0, sums.length);
  return emit.calls;
}

/** What looks at values of a piece. */
function lookAt({ check, inputs }: Op, { addressOf }: Placed, numbers: Float64Array): () => void {
  const view = ({ storage, shape }: Operand): Tensor => {
    const start = addressOf(storage) / 8;
    return new Tensor(numbers.subarray(start, start + storage.size), shape);
  };
  const xs = inputs.map(view);
  return () => check?.(...xs);
}
