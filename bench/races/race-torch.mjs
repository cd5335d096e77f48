// See bench/README.md, race-torch: of a Python that PYTHON names, if it has PyTorch. Nothing is installed, as that takes five gigabytes.

import { usualPython } from "../support/peers.mjs";
import { versus } from "../support/versus.mjs";

export const question = "How fast are training, scoring and sampling beside PyTorch of today?";

/** The first version whose fused Adam runs on a CPU. */
const OLDEST = [2, 4];

function refusal(version) {
  const [major, minor] = version.split(".").map(Number);
  const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return old ? `too old: ${version}, and ${OLDEST.join(".")} is needed` : null;
}

const [eager, compiled] = [{}, { compiled: true }];

export const { parts, measure, table } = versus({
  name: "PyTorch",
  modules: ["torch", "numpy"],
  python: usualPython,
  refusal,
  settings: () => ({ CUDA_VISIBLE_DEVICES: "", PYTHONWARNINGS: "ignore" }),
  fresh: { TORCHINDUCTOR_FORCE_DISABLE_CACHES: "1" },
  tasks: "tasks_torch",
  products: "",
  ways: {
    steps: { "PyTorch, eager": { ...eager, fused: true }, "PyTorch, compiled": { ...compiled, fused: true } },
    rows: (pieces) => {
      const few = `${pieces.toLocaleString("en")} rows at a time`;
      return {
        "PyTorch, eager": eager,
        [`PyTorch, eager, ${few}`]: { ...eager, pieces },
        "PyTorch, compiled": compiled,
        [`PyTorch, compiled, ${few}`]: { ...compiled, pieces },
      };
    },
  },
});
