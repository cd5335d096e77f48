import { CHUNK, matmul } from "../kernels/matrixProduct.ts";
import { areLasting } from "./scratchCopies.ts";
import { restoreZeros } from "./strongMatmul.ts";
import { NARROW, runTiles, tilesKernel, WIDE } from "./tiles.ts";
import { kernelModule, kernelsOf } from "./webAssembly.ts";

const blockProductModule = /*#__PURE__*/ kernelModule(() => ({
  pair: tilesKernel("add"),
  single: tilesKernel("add", 1),
}));

/**
 * C = W·H with W [M, K] at offset iw of w, H the first K rows of h [·, N], and C [M, N] at offset ic of c: the plain `matmul` to the
 * bit, in WebAssembly if the three arrays are lasting arrays and N is a multiple of 8. A zero of W, a masked weight, annihilates what
 * it meets, as in `strongMatmul`.
 */
export function blockProduct(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  M: number,
  K: number,
  N: number,
): void {
  multiply(c, ic, w, iw, h, M, K, N);
  restoreZeros("A", c, w, h, M, N, K, "NN", ic, iw, 0);
}

function multiply(
  c: Float64Array,
  ic: number,
  w: Float64Array,
  iw: number,
  h: Float64Array,
  M: number,
  K: number,
  N: number,
): void {
  const kernels = N % WIDE === 0 && areLasting(c, w, h) ? kernelsOf(blockProductModule) : null;
  if (kernels === null) {
    matmul(c, w, h, M, N, K, "NN", ic, iw);
    return;
  }
  c.fill(0, ic, ic + M * N);
  const start = c.byteOffset + 8 * ic;
  const rowBytes = 8 * N;
  const rowBytesOfW = 8 * K;
  const strip = NARROW * rowBytesOfW;
  for (let k = 0; k < K; k += CHUNK) {
    const count = Math.min(CHUNK, K - k);
    const from = h.byteOffset + k * rowBytes;
    const columnsOfH = { start: from, end: from + rowBytes, strip: 8 * WIDE, next: 8, step: rowBytes };
    // two rows of W at a time with all of H: W may be large, and each of its rows is needed once
    for (let i = 0; i < M; i += NARROW) {
      const at = w.byteOffset + 8 * (iw + i * K + k);
      const rowsOfW = { start: at, end: at + strip, strip, next: rowBytesOfW, step: 8 };
      runTiles(i + 1 < M ? kernels.pair : kernels.single, rowsOfW, columnsOfH, count, start + i * rowBytes, rowBytes);
    }
  }
}
