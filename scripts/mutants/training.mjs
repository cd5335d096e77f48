/** @typedef {import("./list.mjs").Mutant} Mutant */

/**
 * A fault in a file of src/training, or of another folder, against its mirrored test.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {string} [folder]
 * @returns {Mutant}
 */
function fault(name, file, find, replace, folder = "training") {
  return { name, file: `src/${folder}/${file}.ts`, find, replace, tests: [`test/${folder}/${file}.test.ts`] };
}

/** Faults in steps that are taken back, in weights that are kept, and in which rows are held out. @type {readonly Mutant[]} */
export const TRAINING_MUTANTS = [
  fault(
    "last update: the optimiser goes on as if the step had been made",
    "lastUpdate",
    "this.#optimizer.undo?.();",
    "",
  ),
  fault(
    "last update: what someone else has assigned is overwritten",
    "lastUpdate",
    "if (before === null || this.changedByOthers() !== null || this.#failure(rows) === null) return null;",
    "if (before === null || this.#failure(rows) === null) return null;",
  ),
  fault(
    "best weights: −∞ is the best of all",
    "bestWeights",
    "if (!(value < this.#value && value > Number.NEGATIVE_INFINITY)) return;",
    "if (!(value < this.#value)) return;",
  ),
  fault(
    "split: copies on both sides",
    "split",
    "return Array.from({ length: parts }, (_, part) => order.filter((i) => partOf[groupOf[i]] === part));",
    "return [...counts, N].map((count) => order.splice(0, count));",
    "tensor",
  ),
  fault(
    "split: −0 and 0 are two values",
    "split",
    "row[k] = data[start + k] + 0;",
    "row[k] = data[start + k];",
    "tensor",
  ),
];
