/** @typedef {import("./list.mjs").Mutant} Mutant */

/**
 * A fault in files of models or of trainings.
 *
 * @param {string} name
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {string} test
 * @returns {Mutant}
 */
function fault(name, file, find, replace, test) {
  return { name, file: `src/${file}.ts`, find, replace, tests: [`test/${test}.test.ts`] };
}

/** Faults in model files, checkpoints and tables. @type {readonly Mutant[]} */
export const FILE_MUTANTS = [
  fault("sha256: one constant is another", "io/files/sha256", "0x748f82ee", "0x748f82ef", "io/files/sha256"),
  fault(
    "safetensors: tensors may overlap",
    "io/files/safetensors",
    "if (start !== at) {",
    "if (start > at) {",
    "io/files/safetensors",
  ),
  fault(
    "model files: the hash leaves the shapes out",
    "io/files/modelFile",
    "put(encodeUtf8(JSON.stringify([name, dtype, shape])));",
    "put(encodeUtf8(JSON.stringify([name, dtype])));",
    "io/files/flowFile",
  ),
  fault(
    "model files: reference points are not looked at",
    "io/files/referencePoints",
    "if (wrong < 0) continue;",
    "if (wrong < 1e9) continue;",
    "io/files/flowFile",
  ),
  fault(
    "model files: parameters keep their start",
    "io/files/flowFile",
    "for (const [name, parameter] of parameters) parameter.adopt((tensors.parameters.get(name) as Tensor).data);",
    "for (const [name, parameter] of parameters) parameter.assign((tensors.parameters.get(name) as Tensor) && parameter);",
    "io/files/flowFile",
  ),
  fault(
    "checkpoints: the place in the epoch is lost",
    "training/batches",
    "this.#place = place;",
    "this.#place = 0 * place;",
    "training/checkpoint",
  ),
  fault(
    "checkpoints: the best weights so far are forgotten",
    "training/underway",
    "now.best.goOn(resumable.best);",
    "",
    "training/checkpoint",
  ),
  fault(
    "checkpoints: random is not where it was",
    "training/underway",
    "random.restore(saved.random);",
    "random.restore(saved.start);",
    "training/checkpoint",
  ),
  fault(
    "checkpoints: the cut-off epoch at the end counts as a whole one",
    "training/train",
    "const whole = now.step % epochLength === 0;",
    "const whole = now.step % epochLength === 0 || now.step === steps;",
    "training/checkpoint",
  ),
  fault(
    "given values: proposals are not weighted",
    "flows/sampleGiven",
    "for (let i = 0; i < M; i++) ratio[i] -= before[i];",
    "for (let i = 0; i < M; i++) ratio[i] = 0 * before[i];",
    "flows/sampleGiven",
  ),
  fault(
    "command: a file is written in place",
    "cli/output",
    "this.#temporary = temporaryName(path);",
    "this.#temporary = path;",
    "cli/kill",
  ),
  fault("plot: pale numbers on pale cells", "plot/heatmapPicture", "> DARK", "< DARK", "plot/heatmapPicture"),
  fault(
    "plot: places are not added where mass is",
    "plot/panels/resolvedCurve",
    "curve = inOrder(curve, more);",
    "return curve;",
    "plot/panels/resolvedCurve",
  ),
  fault(
    "plot: values are never said to be clipped",
    "plot/panels/ink",
    "field.beyond ?",
    "false ?",
    "plot/densityPicture",
  ),
];
