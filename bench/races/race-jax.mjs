// See bench/README.md, race-jax: JAX is installed into a folder for temporary files, unless PYTHON names a Python that has it.

import { jaxPython } from "../support/jaxPython.mjs";
import { versus } from "../support/versus.mjs";

export const question = "How fast are training, scoring and sampling beside JAX?";

const cpu = { JAX_PLATFORMS: "cpu" };

export const { parts, measure, table } = versus({
  name: "JAX",
  modules: ["jax", "jaxlib", "numpy"],
  python: jaxPython,
  refusal: () => null,
  settings: (alone) => (alone ? { ...cpu, XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false" } : cpu),
  fresh: { JAX_ENABLE_COMPILATION_CACHE: "false" },
  tasks: "tasks_jax",
  products: "XLA multiplies matrices with kernels of its own.",
  ways: {
    steps: { JAX: {} },
    rows: (pieces) => ({ JAX: {}, [`JAX, ${pieces.toLocaleString("en")} rows at a time`]: { pieces } }),
  },
});
