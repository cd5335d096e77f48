import { strict as assert } from "node:assert";
import * as d from "diffeo";
import { type Adapted, named, type Source, type Theirs, type Value } from "./adapted.ts";
import type { NetSpec } from "./stored.ts";

/** How the ends of one of our nets differ from those of theirs: what of theirs our maps are made of. */
export interface Ends {
  /** The inputs of their first map that ours sees, in order; all if absent. */
  readonly columns?: readonly number[];
  /** The outputs of their last map in the order in which ours gives them; all if absent. */
  readonly rows?: readonly number[];
  /** Whether ours gives minus what theirs does. */
  readonly negative?: boolean;
}

/** The names of the maps of a net, in the order in which they act; "W", "b" and "mask" come after. */
function mapNames({ kind, prefix, layers, blocks }: NetSpec): readonly string[] {
  if (!/residual/.test(kind)) return Array.from({ length: layers! }, (_, i) => `${prefix}${i}.`);
  const inner = Array.from({ length: blocks! }, (_, k) => [`${prefix}block${k}.0.`, `${prefix}block${k}.1.`]).flat();
  return [`${prefix}initial.`, ...inner, `${prefix}final.`];
}

/** The widths of the hidden layers; of a residual net, one for each block. */
function hiddenWidths({ kind }: NetSpec, names: readonly string[], theirs: Theirs): number[] {
  const widths = names.slice(0, -1).map((name) => named(theirs, `${name}W`).shape[0]);
  return /residual/.test(kind) ? widths.filter((_, l) => l % 2 === 1) : widths;
}

/** What our map l of several has of a weight or a mask (rows by columns), or of a bias (rows). */
function atEnds<Of extends d.Tensor>(entries: Of, l: number, count: number, { columns, rows }: Ends): Of | d.Variable {
  const seen = l === 0 && columns !== undefined && entries.rank > 1 ? d.take(entries, columns, 1) : entries;
  return l === count - 1 && rows !== undefined ? d.take(seen, rows, 0) : seen;
}

/** The weights and biases of our net, map after map, from theirs. */
function valuesOf(net: d.Conditioner, names: readonly string[], how: Ends, theirs: Theirs): Value[] {
  const values = names.flatMap((name, l) =>
    ["W", "b"].map((which) => {
      const value = atEnds(named(theirs, name + which), l, names.length, how);
      return how.negative && l === names.length - 1 ? d.neg(value) : value;
    }),
  );
  return values.map((value, i) => [net.parameters[i], value]);
}

/** A net without masks: what conditions couplings. */
export function netOf(spec: NetSpec, { theirs }: Source, how: Ends): Adapted<d.Conditioner> {
  const names = mapNames(spec);
  const hidden = hiddenWidths(spec, names, theirs);
  const first = named(theirs, `${names[0]}W`).shape;
  const last = named(theirs, `${names.at(-1)}W`).shape;
  const common = {
    inputs: how.columns?.length ?? first[1],
    outputs: how.rows?.length ?? last[0],
    hidden,
    activation: spec.activation,
    random: new d.Random(1),
  };
  const layer = make(spec, names, theirs, common);
  return { layer, values: (now) => valuesOf(layer, names, how, now) };
}

function make(spec: NetSpec, names: readonly string[], theirs: Theirs, common: d.MlpOptions): d.Conditioner {
  if (spec.kind === "mlp") return d.mlp(common);
  if (spec.kind === "residual_mlp") return d.residualMlp(common);
  assert.equal(spec.kind, "conv", "the kind of net");
  const kernels = names.map((name) => named(theirs, `${name}W`).shape[2]);
  const paddings = kernels.map((side) => (side - 1) / 2); // ours keep height and width
  assert.deepEqual(spec.paddings ?? paddings, paddings, "the paddings");
  return d.convNet({ ...common, kernels });
}

/** Two nets side by side, as one: what the first gives, then what the second gives. */
export function sideBySide(parts: readonly Adapted<d.Conditioner>[]): Adapted<d.Conditioner> {
  const nets = parts.map(({ layer }) => layer);
  return {
    layer: {
      parameters: nets.flatMap(({ parameters }) => parameters),
      definition: { type: "side by side", nets: nets.map(({ definition }) => definition) },
      apply: (x) =>
        d.concat(
          nets.map((net) => net.apply(x)),
          1,
        ),
    },
    values: (theirs) => parts.flatMap((part) => part.values(theirs)),
  };
}

/** A net with masks of its own: what conditions autoregressive layers. */
export function maskedNetOf(
  spec: NetSpec,
  { theirs, buffers }: Source,
  dimensions: number,
  outputsPerDimension: number,
  how: Ends,
): Adapted<d.MaskedMlp> {
  assert.match(spec.kind, /^masked_(residual_)?mlp$/, "the kind of net");
  const names = mapNames(spec);
  const layer = d.maskedMlp({
    dimensions,
    outputsPerDimension,
    hidden: hiddenWidths(spec, names, theirs),
    residual: spec.kind === "masked_residual_mlp",
    activation: spec.activation,
    masks: names.map((name, l) => atEnds(named(buffers, `${name}mask`), l, names.length, how).data),
    random: new d.Random(1),
  });
  return { layer, values: (now) => valuesOf(layer, names, how, now) };
}
