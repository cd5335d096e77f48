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
  fault(
    "averages: begin at 0, without correction",
    "averagedWeights",
    "const share = (1 - this.#decay) / (1 - this.#power);",
    "const share = 1 - this.#decay;",
  ),
  fault("averages: stay in the flow once judged", "averagedWeights", "parameter.adopt(own[k]);", ";"),
  fault(
    "averages: what someone else assigns while they are judged is lost",
    "averagedWeights",
    "if (sameValues(parameter.data, values[k])) parameter.adopt(own[k]);",
    "parameter.adopt(own[k]);",
  ),
  fault(
    "groups: what is frozen is trained",
    "groups",
    "if (frozen === false) trained.set(name, parameter);",
    'if (typeof frozen === "boolean") trained.set(name, parameter);',
  ),
  {
    name: "groups: an optimiser asks by its own names",
    file: "src/training/groups.ts",
    find: "setting(names.get(parameter) ?? name, parameter)",
    replace: "setting(name, parameter)",
    tests: ["test/training/groups.test.ts"],
  },
  {
    name: "groups: all parameters move at one rate",
    file: "src/training/optimizer.ts",
    find: "rate * factors[k]",
    replace: "rate",
    tests: ["test/training/groups.test.ts"],
  },
  {
    name: "weights: each batch by its own sum",
    file: "src/training/step.ts",
    find: "return { graph: share === undefined ? value : mul(value, share) };",
    replace: "return { graph: value };",
    tests: ["test/training/weighting.test.ts"],
  },
  fault(
    "weights: layers take mean and deviation from rows as if they weighed the same",
    "weighting",
    "return indices[0] === indices[indices.length - 1] ? rows : select(rows, indices);",
    "return rows;",
  ),
  fault(
    "drawn rows: share the arrays of whoever draws them",
    "freshBatches",
    "new Tensor(x.data.slice(), x.shape)",
    "new Tensor(x.data, x.shape)",
  ),
  {
    name: "drawn rows: training goes on with any others",
    file: "src/training/underway.ts",
    find: "if (hashOfRows(rows) === saved.drawn) return;",
    replace: "if (hashOfRows(rows) !== null) return;",
    tests: ["test/training/freshBatches.test.ts"],
  },
  {
    name: "trainTestSplit: copies of a row on both sides",
    file: "src/training/trainTestSplit.ts",
    find: "splitRows(operation, groupEqualRows(x), [count], random)",
    replace:
      "splitRows(operation, { groupOf: Int32Array.from({ length: N }, (_, i) => i), sizes: new Int32Array(N).fill(1) }, [count], random)",
    tests: ["test/training/trainTestSplit.test.ts"],
  },
];
