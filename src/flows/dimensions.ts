import { listOf, type Reader, size } from "../tensor/definitions/reading.ts";
import { DomainError, describeValue } from "../tensor/errors.ts";
import { checkCount, checkShape, type Shape } from "../tensor/shape.ts";

/** What one point is: D coordinates, or an image [C, H, W]. */
export type Dimensions = number | readonly [channels: number, height: number, width: number];

/** The sizes of an image [C, H, W], by name. */
export interface ImageSizes {
  /** C */
  readonly channels: number;
  /** H */
  readonly height: number;
  /** W */
  readonly width: number;
}

/**
 * The shape of one point, [D] or [C, H, W].
 *
 * Throws DomainError, in the name of the operation, unless all are integers ≥ 1; LimitError for too many.
 */
export function pointShape(operation: string, dimensions: Dimensions): Shape {
  const shape: Shape = typeof dimensions === "number" ? [dimensions] : dimensions;
  const known = typeof dimensions === "number" || (Array.isArray(dimensions) && dimensions.length === 3);
  if (!known || !shape.every((length) => Number.isInteger(length) && length >= 1)) {
    throw new DomainError(
      `${operation}: dimensions are D or [C, H, W], integers ≥ 1; got ${describeValue(dimensions)}`,
    );
  }
  return [...checkShape(operation, shape)];
}

/** [C, H, W] of named sizes. Throws as {@link pointShape}. */
export function imageShape(operation: string, { channels, height, width }: ImageSizes): [number, number, number] {
  const shape: [number, number, number] = [channels, height, width];
  for (const [name, length] of Object.entries({ channels, height, width })) checkCount(operation, name, length, 1);
  checkShape(operation, shape);
  return shape;
}

/** The field of a definition that says what one point is: D or [C, H, W]. */
export const readDimensions: Reader<Dimensions> = (value, at) => {
  if (!Array.isArray(value)) return size(value, at);
  if (value.length !== 3) throw at.refusal(`must be D or [C, H, W]; got ${describeValue(value)}`);
  const [C, H, W] = listOf(size)(value, at);
  return [C, H, W];
};

/** The sizes of an image, as definitions have them. */
export const imageFields: Readonly<Record<keyof ImageSizes, Reader<number>>> = {
  channels: size,
  height: size,
  width: size,
};
