import { COPY, DomainError, describeValue, LimitError, ShapeError, THIS_COPY } from "./errors.ts";
import { formatTensor } from "./print.ts";
import { checkShape, formatShape, MAXIMUM_RANK, type Shape, sizeOf } from "./shape.ts";
import { isTensorJson, numbersOf, type TensorJson, toJsonNumber } from "./tensorJson.ts";

/** A number, or arrays of arrays … of numbers, as deep as the tensor has axes. */
export type NestedArray = number | readonly NestedArray[];

/**
 * An immutable array of float64 numbers, row-major and contiguous: element (i, j) of shape [m, n] is `data[i·n + j]`.
 *
 * No buffer is ever overwritten, which is why tensors may share one.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.shape; // [2, 2]
 * x.at(1, 0); // 3
 * x.data; // [1, 2, 3, 4]
 */
export class Tensor {
  /** The length of each axis; `[]` for a scalar. */
  readonly shape: Shape;
  /** The number of elements, the product of the shape. */
  readonly size: number;
  /** The buffer behind {@link data}; a Parameter installs a new one when it is assigned. */
  protected values: Float64Array;

  /**
   * Takes the buffer as it is, without copying; use {@link tensor} to make a Tensor from values. Throws DomainError unless the values
   * are a Float64Array and the shape is one, ShapeError unless they fill it, LimitError for too many axes.
   */
  constructor(values: Float64Array, shape: Shape) {
    if (!(values instanceof Float64Array) || !Array.isArray(shape) || !fills(values.length, shape)) {
      refuseUnlessOfAnotherRealm(values, shape);
    }
    this.shape = shape;
    this.size = values.length;
    this.values = values;
  }

  /** The elements in row-major order, for reading only. */
  get data(): Float64Array {
    return this.values;
  }

  /** The number of axes; 0 for a scalar. */
  get rank(): number {
    return this.shape.length;
  }

  /** The element at that index, one number per axis, negatives counting from the end. Throws ShapeError outside. */
  at(...index: number[]): number {
    if (index.length !== this.rank) {
      throw new ShapeError(`at: one index per axis; got ${index.length} for shape ${formatShape(this.shape)}`);
    }
    let offset = 0;
    for (let axis = 0; axis < index.length; axis++) {
      const length = this.shape[axis];
      const i = index[axis] < 0 ? index[axis] + length : index[axis];
      if (!Number.isInteger(i) || i < 0 || i >= length) {
        throw new ShapeError(`at: index out of range; got ${formatShape(index)} for shape ${formatShape(this.shape)}`);
      }
      offset = offset * length + i;
    }
    return this.values[offset];
  }

  /** The only element of a tensor of size 1. Throws ShapeError for any other size. */
  item(): number {
    if (this.size !== 1) throw new ShapeError(`item: needs exactly one element; got shape ${formatShape(this.shape)}`);
    return this.values[0];
  }

  /** The elements as arrays of arrays, or a number for a scalar. */
  toArray(): NestedArray {
    const nest = (axis: number, offset: number): NestedArray => {
      if (axis === this.rank) return this.values[offset];
      const stride = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis] }, (_, i) => nest(axis + 1, offset + i * stride));
    };
    return nest(0, 0);
  }

  /**
   * Shape and numbers, as plain JSON: what `JSON.stringify` writes, and `tensor` reads. Of a Variable or Parameter the values only. For a
   * Worker `{ shape, data }` is shorter, and `tensor` reads it, too.
   *
   * @example
   * const x = tensor([0.1, Number.NaN]);
   * JSON.stringify(x); // "{\"shape\":[2],\"data\":[0.1,\"NaN\"]}"
   * tensor(JSON.parse(JSON.stringify(x))); // [0.1, NaN]
   */
  toJSON(): TensorJson {
    return { shape: [...this.shape], data: Array.from(this.values, toJsonNumber) };
  }

  /**
   * Goes along the first axis: the numbers of a vector, else the rows, as Tensors. Like `at` and `toArray` it reads values: rows of a Variable
   * do not know where they come from (`split` and `slice` give those that do). Undefined for a scalar: `[...tensor(1)]` is a TypeError.
   *
   * @example
   * [...tensor([[1, 2], [3, 4]])]; // [[1, 2], [3, 4]], two Tensors
   */
  get [Symbol.iterator](): () => Generator<number | Tensor> {
    if (this.rank === 0) return undefined as never;
    const { values } = this;
    const [length, ...rowShape] = this.shape;
    const size = sizeOf(rowShape);
    return function* rows() {
      for (let i = 0; i < length; i++) {
        yield rowShape.length === 0 ? values[i] : new Tensor(values.slice(i * size, (i + 1) * size), rowShape);
      }
    };
  }

  /** What it is called where it is printed: `"Tensor"`, `"Variable"` or `"Parameter"`, however a bundler has renamed the class. */
  get [Symbol.toStringTag](): string {
    return "Tensor";
  }

  /** Shape and aligned values; large tensors show their corners. Integers up to 2⁵³ are exact, other numbers have six digits. */
  toString(): string {
    return formatTensor(this[Symbol.toStringTag], this.shape, this.values);
  }

  static {
    Object.defineProperty(Tensor.prototype, COPY, { value: THIS_COPY });
    // What Node's console.log asks for. Defined here because `isolatedDeclarations` rejects a computed method name.
    Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: Tensor): string {
        return this.toString();
      },
    });
  }
}

/** Whether it is a shape that has room for so many numbers, and for no more. */
function fills(length: number, shape: Shape): boolean {
  let size = shape.length <= MAXIMUM_RANK ? 1 : Number.NaN;
  for (const axis of shape) size *= Number.isInteger(axis) && axis >= 0 ? axis : Number.NaN;
  return size === length;
}

/** Throws what is wrong with the arguments of a constructor; a window or a worker may have a Float64Array of its own. */
function refuseUnlessOfAnotherRealm(values: unknown, shape: unknown): void {
  if (Object.prototype.toString.call(values) !== "[object Float64Array]") {
    throw new DomainError(`Tensor: the values are a Float64Array (tensor() takes lists); got ${describeValue(values)}`);
  }
  const { length } = values as Float64Array;
  if (sizeOf(checkShape("Tensor", shape as Shape)) === length) return;
  throw new ShapeError(`Tensor: the values must fill the shape; ${length} numbers for ${formatShape(shape as Shape)}`);
}

/**
 * A Tensor holding a copy of the values: a number, nested arrays, a flat list with its shape, or what {@link Tensor.toJSON} gives.
 *
 * Throws ShapeError for ragged arrays or when the list does not fill the shape, DomainError for anything but numbers, LimitError for
 * arrays that are nested too deeply, or contain themselves.
 *
 * @example
 * tensor([[1, 2, 3], [4, 5, 6]]).shape; // [2, 3]
 * tensor(new Float64Array([1, 2, 3, 4]), [2, 2]); // [[1, 2], [3, 4]]
 * tensor({ shape: [2], data: [1, "NaN"] }); // [1, NaN]
 */
export function tensor(values: number | NestedArray | ArrayLike<number> | TensorJson, shape?: Shape): Tensor {
  if (isTensorJson(values)) return filling(numbersOf(values), shape ?? values.shape);
  if (values instanceof Float64Array) return filling(new Float64Array(values), shape ?? [values.length]);
  const nestedShape = shapeOf(values as NestedArray);
  const data = new Float64Array(sizeOf(nestedShape));
  const end = flatten(values as NestedArray, nestedShape, 0, data, 0);
  if (end !== data.length) throw new ShapeError(`tensor: rows must have equal lengths; got ${end} numbers`);
  return filling(data, shape ?? nestedShape);
}

/** A Tensor of the buffer itself, with a copy of the shape. Throws ShapeError unless it fills the shape. */
function filling(data: Float64Array, shape: Shape): Tensor {
  if (sizeOf(checkShape("tensor", shape)) !== data.length) {
    throw new ShapeError(`tensor: the values must fill the shape; ${data.length} numbers for ${formatShape(shape)}`);
  }
  return new Tensor(data, [...shape]);
}

/** The shape that nested arrays have, read along their first elements. */
function shapeOf(values: NestedArray): number[] {
  const shape: number[] = [];
  let level: NestedArray = values;
  while (typeof level === "object" && level !== null && typeof level.length === "number") {
    shape.push(level.length);
    if (shape.length > MAXIMUM_RANK) {
      throw new LimitError(
        `tensor: at most ${MAXIMUM_RANK} axes; got arrays that are nested deeper, or contain themselves`,
      );
    }
    if (level.length === 0) break;
    level = level[0];
  }
  checkShape("tensor", shape);
  return shape;
}

/** Writes the numbers below `values` into `data` from `offset`; returns the offset after the last. */
function flatten(values: NestedArray, shape: Shape, axis: number, data: Float64Array, offset: number): number {
  if (axis === shape.length) {
    if (typeof values !== "number")
      throw new DomainError(
        `tensor: elements must be numbers; got ${typeof values === "object" ? describeValue(values) : typeof values}`,
      );
    data[offset] = values;
    return offset + 1;
  }
  const row = values as readonly NestedArray[];
  if (row?.length !== shape[axis]) {
    throw new ShapeError(`tensor: rows must have equal lengths; got ${row?.length} where the first has ${shape[axis]}`);
  }
  for (let i = 0; i < row.length; i++) offset = flatten(row[i], shape, axis + 1, data, offset);
  return offset;
}

/**
 * A tensor of zeros. Throws DomainError unless the shape is a list of integers ≥ 0, LimitError for more than 2³⁰ elements.
 *
 * @example
 * zeros([2, 3]); // [[0, 0, 0], [0, 0, 0]]
 */
export function zeros(shape: Shape): Tensor {
  return new Tensor(new Float64Array(sizeOf(checkShape("zeros", shape))), [...shape]);
}

/**
 * A tensor of ones. Throws as {@link zeros}.
 *
 * @example
 * ones([2]); // [1, 1]
 */
export function ones(shape: Shape): Tensor {
  return full(shape, 1);
}

/**
 * A tensor with the same value everywhere. Throws as {@link zeros}, and DomainError for a value that is no number.
 *
 * @example
 * full([2, 2], 0.5); // [[0.5, 0.5], [0.5, 0.5]]
 */
export function full(shape: Shape, value: number): Tensor {
  if (typeof value !== "number") throw new DomainError(`full: the value must be a number; got ${describeValue(value)}`);
  return new Tensor(new Float64Array(sizeOf(checkShape("full", shape))).fill(value), [...shape]);
}

/**
 * The identity matrix I, [n, n]. Throws as {@link zeros}.
 *
 * @example
 * eye(2); // [[1, 0], [0, 1]]
 */
export function eye(n: number): Tensor {
  const data = new Float64Array(sizeOf(checkShape("eye", [n, n])));
  for (let i = 0; i < n; i++) data[i * n + i] = 1;
  return new Tensor(data, [n, n]);
}

/**
 * 0, 1, …, n − 1, [n]. Throws as {@link zeros}.
 *
 * @example
 * arange(4); // [0, 1, 2, 3]
 */
export function arange(n: number): Tensor {
  const data = new Float64Array(sizeOf(checkShape("arange", [n])));
  for (let i = 0; i < n; i++) data[i] = i;
  return new Tensor(data, [n]);
}

/** 2⁻³²: makes room for sums and multiples of the largest numbers, without rounding. */
const ROOM = 2.3283064365386963e-10;

/**
 * n equally spaced numbers from a to b, both included: a + i·(b − a)/(n − 1), [n]; the first is exactly a, the last b. Of one, a.
 * Throws as {@link zeros}.
 *
 * @example
 * linspace(0, 1, 5); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(a: number, b: number, n: number): Tensor {
  const data = new Float64Array(sizeOf(checkShape("linspace", [n])));
  const unit = Math.abs(n * (b - a)) < Number.POSITIVE_INFINITY ? 1 : ROOM; // n·(b − a) overflows before b does
  const [start, length] = [a * unit, b * unit - a * unit];
  for (let i = 1; i < n - 1; i++) data[i] = (start + (i * length) / (n - 1)) / unit;
  if (n > 1) data[n - 1] = b;
  if (n > 0) data[0] = a;
  return new Tensor(data, [n]);
}
