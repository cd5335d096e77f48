import type { Tensor } from "diffeo";
import { type Unit, unitsOf } from "../../src/plan/fusing.ts";
import { planOf } from "../../src/plan/plan.ts";
import { type Program, programOf, type Storage } from "../../src/plan/program.ts";
import { record } from "../../src/plan/recording.ts";
import { OWN_START } from "../../src/tensor/simd/webAssembly.ts";

/** What becomes of a function of one tensor on its way to a plan: its trace, its program, its units, its addresses and its calls, as src/plan/README.md shows them. */
export function planText(f: (x: Tensor) => Tensor, x: Tensor): Readonly<Record<string, string>> {
  const { result, events } = record(() => f(x));
  const program = programOf(events, [x], [result]) as Program;
  const plan = planOf(program);
  if (plan === null) throw new Error("no WebAssembly");
  const names = new Map<Storage, string>([[program.given[0], "x"]]);
  for (const { outputs } of program.ops) for (const { storage } of outputs) names.set(storage, `s${names.size}`);
  const nameOf = (storage: Storage): string => names.get(storage) ?? `[${storage.data.join(", ")}]`;
  const lines = (rows: readonly string[]): string => rows.join("\n");
  const operands = (unit: Unit): string =>
    unit.kind === "op"
      ? `kernel  ${nameOf(unit.op.outputs[0].storage)} = ${unit.op.rule?.name}`
      : `chain   ${unit.links.map(({ to }) => `${nameOf(to)} = ${ruleOf(program, to)}`).join(", ")}`;
  return {
    trace: lines(
      events.map(
        ({ rule, inputs, ...rest }) =>
          `${rule?.name ?? "check"}  [${inputs.map(({ shape }) => `[${shape.join()}]`).join(", ")}] → ${"outputs" in rest ? rest.outputs.map(({ shape }) => `[${shape.join()}]`).join(", ") : ""}`,
      ),
    ),
    program: lines([
      `given   x, ${program.given[0].size} numbers`,
      ...program.ops.map(
        ({ rule, inputs, outputs: [y] }) =>
          `op      ${nameOf(y.storage)} = ${rule?.name}(${inputs.map(({ storage }) => nameOf(storage)).join(", ")}), ${y.storage.size === 1 ? "1 number" : `${y.storage.size} numbers`}`,
      ),
      `wanted  ${nameOf(program.wanted[0])}`,
    ]),
    units: lines(unitsOf(program).map((unit, i) => `${i}  ${operands(unit)}`)),
    addresses: lines([
      `x is written to ${plan.given[0] - OWN_START}`,
      `${nameOf(program.wanted[0])} is read from ${plan.wanted[0] - OWN_START}`,
    ]),
    calls: lines(
      plan.calls.map(({ kernel, ...rest }) =>
        kernel === null
          ? "forward"
          : `${kernel}  (${(rest as { args: readonly number[] }).args.map((each) => (each >= OWN_START ? `@${each - OWN_START}` : each)).join(", ")})`,
      ),
    ),
  };
}

/** The name of the rule that makes a storage. */
function ruleOf({ ops }: Program, made: Storage): string {
  return ops.find(({ outputs }) => outputs.some(({ storage }) => storage === made))?.rule?.name ?? "";
}
