import { Tensor } from "../../../dist/index.js";
import { encode } from "../../support/peers.mjs";

/** Tensors by name, for Python. */
const encoded = (entries) => Object.fromEntries(Array.from(entries, ([name, tensor]) => [name, encode(tensor)]));

/**
 * A flow as flows_jax.py and flows_torch.py read it: what it is made of, its parameters as they are now, and what is constant: its buffers,
 * which are statistics of the data and permutations, and the masks of its nets.
 */
export function describe(flow) {
  const masks = (flow.bijection.layers ?? []).flatMap(({ parts }, k) =>
    (parts?.conditioner?.maps ?? []).map(({ mask, weight }, l) => [
      `${k}.conditioner.${l}.mask`,
      new Tensor(Float64Array.from(mask), weight.shape),
    ]),
  );
  const { definition } = flow;
  return { definition, parameters: encoded(flow.named()), constants: encoded([...flow.buffers, ...masks]) };
}
