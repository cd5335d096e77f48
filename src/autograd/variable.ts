import { checkTensor } from "../tensor/checks.ts";
import { DomainError, describeValue, ShapeError } from "../tensor/errors.ts";
import { formatShape, type Shape, sameShape } from "../tensor/shape.ts";
import { type NestedArray, Tensor, tensor } from "../tensor/tensor.ts";
import type { TensorJson } from "../tensor/tensorJson.ts";
import type { Application } from "./rule.ts";

/**
 * A Tensor that knows how it was made: by which op from which inputs (its `source`), or by none (a leaf). Through their sources all
 * Variables behind a result can be found: they are the graph that `grad` walks.
 *
 * Every op returns a Variable; {@link variable} makes a leaf. Gradients are asked of `grad`, never stored here.
 *
 * @example
 * const x = variable([1, 2]);
 * const y = exp(x);
 * x.source; // null, a leaf
 * y.source?.rule.name; // "exp"
 * y.source?.inputs[0] === x; // true
 */
export class Variable extends Tensor {
  /** The application that made it; null for a leaf. */
  readonly source: Application | null;

  /** Takes the buffer as it is, without copying; use {@link variable} to make a leaf from values. */
  constructor(values: Float64Array, shape: Shape, source: Application | null = null) {
    super(values, shape);
    this.source = source;
  }

  override get [Symbol.toStringTag](): string {
    return "Variable";
  }
}

/**
 * A leaf that training changes. Assigning installs a fresh buffer and a new version, so that a gradient asked of a graph
 * recorded before is refused instead of being silently wrong.
 *
 * @example
 * const w = parameter([1, 2], "weight");
 * w.assign(tensor([3, 4]));
 * w; // [3, 4]
 * w.version; // 1
 */
export class Parameter extends Variable {
  /** What its maker called it; the way to it in a flow is among `Flow.named()`. */
  readonly name: string;
  #version = 0;

  /** Takes the buffer as it is, without copying; use {@link parameter} to make one from values. Throws DomainError for a name that is no text. */
  constructor(values: Float64Array, shape: Shape, name: string) {
    super(values, shape);
    if (typeof name !== "string") throw new DomainError(`Parameter: a name is a string; got ${describeValue(name)}`);
    this.name = name;
  }

  override get [Symbol.toStringTag](): string {
    return "Parameter";
  }

  /** How many times it has been assigned. */
  get version(): number {
    return this.#version;
  }

  /** Replaces the values by a copy of those given. Throws ShapeError unless the shapes are the same. */
  assign(values: Tensor): void {
    checkTensor("assign", "values", values);
    if (!sameShape(values.shape, this.shape)) {
      throw new ShapeError(
        `assign: shapes must be equal; ${this.name || "the parameter"} is ${formatShape(this.shape)}, got ${formatShape(values.shape)}`,
      );
    }
    this.adopt(values.data.slice());
  }

  /** Takes a buffer that nobody else will write to as the new values, without copying. For optimisers. */
  adopt(values: Float64Array): void {
    this.values = values;
    this.#version++;
  }
}

/**
 * A leaf Variable holding a copy of the values: something that `grad` can be asked about. Throws as {@link tensor}.
 *
 * @example
 * const x = variable(3);
 * grad(square(x), [x]); // [6]
 */
export function variable(values: Tensor | NestedArray | TensorJson): Variable {
  const { data, shape } = values instanceof Tensor ? values : tensor(values);
  return new Variable(values instanceof Tensor ? data.slice() : data, shape);
}

/**
 * A Parameter holding a copy of the values. Throws as {@link tensor}, and DomainError for a name that is no text.
 *
 * @example
 * const scale = parameter(zeros([2]), "logScale");
 * scale.name; // "logScale"
 * scale.shape; // [2]
 */
export function parameter(values: Tensor | NestedArray | TensorJson, name = ""): Parameter {
  const { data, shape } = values instanceof Tensor ? values : tensor(values);
  return new Parameter(values instanceof Tensor ? data.slice() : data, shape, name);
}

/**
 * The same numbers as a plain Tensor that remembers nothing. Throws DomainError for anything but a Tensor.
 *
 * @example
 * const x = variable(3);
 * grad(mul(detach(x), x), [x]); // [3], not 6: the first factor counts as a constant
 */
export function detach(x: Tensor): Tensor {
  const { data, shape } = checkTensor("detach", "x", x);
  return new Tensor(data, shape);
}
