import * as d from "diffeo";
import { compare, valueBound } from "../compare.ts";
import { load } from "../load.ts";
import { assign } from "./adapted.ts";
import { layerOf } from "./layers.ts";
import type { FlowStored } from "./stored.ts";

/**
 * Compares what the first batch makes of an activation normalisation with what the file expects, in each of its variants.
 *
 * Ours divides by the population standard deviation, ddof = 0; the variants with ddof = 1 are larger by √(n/(n − 1)).
 */
export function checkInitialisation(stored: FlowStored): void {
  if (stored.expected_init === undefined) return;
  const x = load(stored.x_init!);
  const shape = x.shape.slice(1);
  const source = { theirs: {}, buffers: {}, heard: {} };
  const { layer } = layerOf({ type: "actnorm" }, shape, source);
  layer.initialize!(x);
  const mu = layer.buffers.get("mean")!; // the parameters start at 0
  const logSigma = d.log(layer.buffers.get("deviation")!);
  const n = x.size / shape[0];
  for (const [variant, expected] of Object.entries(stored.expected_init)) {
    const correction = /ddof1/.test(variant) ? Math.log(n / (n - 1)) / 2 : 0;
    const logDeviation = d.add(logSigma, correction);
    const eps = Number(/eps(.*)/.exec(variant)?.[1] ?? 0);
    const theirs: Record<string, d.Variable> = {
      log_scale: d.neg(logDeviation),
      shift: d.neg(d.mul(mu, d.exp(d.neg(logDeviation)))), // −mean/std
      s: d.log(d.add(d.exp(logDeviation), eps)),
      t: d.variable(mu),
    };
    if (expected.z !== undefined) {
      const transform = layerOf({ type: "actnorm_normflows" }, shape, source);
      assign(transform, theirs);
      theirs.z = transform.layer.forward(x).z;
    }
    for (const [name, values] of Object.entries(expected)) {
      compare(`${name} at the start, ${variant}`, d.reshape(theirs[name], values.shape), values, valueBound(stored));
    }
  }
}
