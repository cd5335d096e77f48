/**
 * The sizes of a convolution. One image is [C, H, W]; the window has P = outputHeight·outputWidth positions, and covers
 * K = C·kernelHeight·kernelWidth numbers at each, zeros where it reaches into the padding.
 */
export interface Geometry {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: readonly [rows: number, columns: number];
  readonly padding: readonly [rows: number, columns: number];
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** Whether the window covers one pixel after another (a 1×1 convolution), so that the image is its own matrix of columns. */
export function isPointwise(s: Geometry): boolean {
  const isOne = (side: number): boolean => side === 1;
  return isOne(s.kernelHeight) && isOne(s.kernelWidth) && s.stride.every(isOne) && s.padding.every((p) => p === 0);
}

/** columns [K, P]: what the window covers at each position, for the image that begins at `start` of x (im2col). */
export function imageToColumns(x: Float64Array, start: number, s: Geometry, columns: Float64Array): void {
  let at = 0;
  for (let channel = 0; channel < s.channels; channel++) {
    for (let i = 0; i < s.kernelHeight; i++) {
      for (let j = 0; j < s.kernelWidth; j++) {
        const [first, end] = insideRange(j, s.stride[1], s.padding[1], s.width, s.outputWidth);
        for (let row = 0; row < s.outputHeight; row++) {
          const y = row * s.stride[0] + i - s.padding[0];
          const rowEnd = at + s.outputWidth;
          if (y < 0 || y >= s.height || first === end) {
            while (at < rowEnd) columns[at++] = 0;
            continue;
          }
          let ix = start + (channel * s.height + y) * s.width + first * s.stride[1] + j - s.padding[1];
          for (let position = 0; position < first; position++) columns[at++] = 0;
          for (let position = first; position < end; position++, ix += s.stride[1]) columns[at++] = x[ix];
          while (at < rowEnd) columns[at++] = 0;
        }
      }
    }
  }
}

/** x += each column, where its window was; what was padding is dropped (col2im). The adjoint of imageToColumns. */
export function addColumnsToImage(columns: Float64Array, s: Geometry, x: Float64Array, start: number): void {
  let at = 0;
  for (let channel = 0; channel < s.channels; channel++) {
    for (let i = 0; i < s.kernelHeight; i++) {
      for (let j = 0; j < s.kernelWidth; j++) {
        const [first, end] = insideRange(j, s.stride[1], s.padding[1], s.width, s.outputWidth);
        for (let row = 0; row < s.outputHeight; row++, at += s.outputWidth) {
          const y = row * s.stride[0] + i - s.padding[0];
          if (y < 0 || y >= s.height) continue;
          let ix = start + (channel * s.height + y) * s.width + first * s.stride[1] + j - s.padding[1];
          for (let position = first; position < end; position++, ix += s.stride[1]) x[ix] += columns[at + position];
        }
      }
    }
  }
}

/** The positions at which column j of the kernel lies inside the image: 0 ≤ position·stride + j − padding < width. */
function insideRange(
  j: number,
  stride: number,
  padding: number,
  width: number,
  positions: number,
): readonly [first: number, end: number] {
  const first = Math.min(positions, Math.max(0, Math.ceil((padding - j) / stride)));
  const end = Math.min(positions, Math.ceil((padding - j + width) / stride));
  return [first, Math.max(first, end)];
}
