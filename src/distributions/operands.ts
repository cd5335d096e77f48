import type { Operand } from "../autograd/rule.ts";
import { Parameter, parameter, Variable } from "../autograd/variable.ts";
import type { Definition } from "../tensor/definitions/definition.ts";
import {
  kind,
  listOf,
  number,
  type Place,
  type Reader,
  readDefinition,
  size,
  text,
} from "../tensor/definitions/reading.ts";
import { definitionOf } from "../tensor/definitions/writing.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { full, Tensor } from "../tensor/tensor.ts";

// How the parameters of distributions stand in definitions: constants with their values, what is trained with its name and shape.

/**
 * The definition of a distribution of that type, with its operands as fields; `undefined` where one of them was computed from others,
 * which nothing can be rebuilt from.
 */
export function definitionWith(type: string, operands: { readonly [name: string]: Tensor }): Definition | undefined {
  const fields: { [name: string]: Definition | number } = {};
  for (const [name, x] of Object.entries(operands)) {
    if (x instanceof Variable && x.source !== null) return undefined;
    if (x instanceof Parameter) fields[name] = definitionOf(x, { type: "parameter", name: x.name, shape: x.shape });
    else fields[name] = x.rank === 0 ? x.item() : { type: "constant", shape: x.shape, values: Array.from(x.data) };
  }
  return { type, ...fields };
}

/** The field of a definition that holds an operand; a Parameter starts at `start` until its values are assigned. */
export function operand(start: number | ((shape: Shape) => Tensor)): Reader<Operand> {
  const startOf = (shape: Shape): Tensor => (typeof start === "number" ? full(shape, start) : start(shape));
  const claimed = (shape: Shape, at: Place): Shape => {
    at.claim(2 * sizeOf(shape));
    return shape;
  };
  const kinds = {
    parameter: kind({ name: text, shape: listOf(size) }, ({ name, shape }, at) =>
      parameter(startOf(claimed(shape, at)), name),
    ),
    constant: kind({ shape: listOf(size), values: listOf(number) }, ({ shape, values }, at) => {
      if (values.length === sizeOf(shape)) return new Tensor(Float64Array.from(values), shape);
      throw at.refusal(`must have as many values as its shape says; got ${values.length}`);
    }),
  };
  return (value, at) =>
    typeof value === "number" ? number(value, at) : readDefinition("an operand", kinds, value, at);
}
