import type { Masking } from "../../autograd/ops/masking.ts";
import { DomainError } from "../../tensor/errors.ts";
import * as wasm from "../../tensor/simd/assembler.ts";
import type { ChainLink } from "../../tensor/simd/fusedChain.ts";
import { addSimd, tanhGradientSimd } from "../../tensor/simd/simdArithmetic.ts";
import { tanhSimd } from "../../tensor/simd/simdElementary.ts";
import { type SimdOp, simdOp } from "../../tensor/simd/simdElementwise.ts";
import { asMatrix, asRow, type Emitter, type Place } from "../emitter.ts";
import type { KernelLowering } from "../lowerings.ts";
import { padded } from "../places.ts";
import type { Op } from "../program.ts";
import { levelsOf, pack, packedSize, product, productOverRows, rowsOfBlock, STRIP } from "./products.ts";
import { overRows } from "./sums.ts";

// B rows of a batch

/** w where the mask is not 0, and else 0. */
const maskSimd: SimdOp = /*#__PURE__*/ simdOp({
  value: (v, w, mask) => wasm.select(wasm.f64x2.equal(mask, v.constant(0)), v.constant(0), w),
});

const masks = /*#__PURE__*/ new WeakMap<Masking, Float64Array>();

/** The mask as numbers, one array for all who ask. */
function numbersOf(masking: Masking): Float64Array {
  const numbers = masks.get(masking) ?? Float64Array.from(masking.mask);
  masks.set(masking, numbers);
  return numbers;
}

/** The weight [outputs, inputs], masked into the workspace if there is a mask. */
function weightOf(emit: Emitter, weight: Place, size: number, masked: number | undefined): Place {
  if (masked === undefined) return weight;
  maskInto(emit, weight.at, masked, size);
  return { ...weight, at: masked };
}

/** to = from, masked by the constant of the op. */
function maskInto(emit: Emitter, from: number, to: number, size: number): void {
  const flat = (at: number): Place => ({ at, rowBytes: 8 * size });
  emit.map(maskSimd, 1, size, flat(to), asMatrix(flat(from)), asMatrix(flat(emit.constants[0])));
}

/** The bytes of a row of a block of the product, before bias and activation. */
function blockRow(outputs: number): number {
  return padded(STRIP * Math.ceil(outputs / STRIP));
}

/** Throws unless those columns of a matrix are finite: a zero may have met NaN or ∞ otherwise. */
function checkFinite(numbers: Float64Array, { at, rowBytes }: Place, rows: number, columns: readonly number[]): void {
  const [start, stride] = [at / 8, rowBytes / 8];
  let trace = 0; // x − x is 0 unless x is NaN or ∞
  for (const column of columns) {
    for (let row = 0, i = start + column; row < rows; row++, i += stride) trace += numbers[i] - numbers[i];
  }
  if (trace !== 0) throw new DomainError("affineMap: zeros of a mask may have met NaN or infinity");
}

/** y = x·Wᵀ + b, or tanh of it: block after block of rows, whose sums go through bias and activation while they are in the cache. */
export const affineMapLowering: KernelLowering = {
  can: () => true,
  workspace: ({ inputs: [x, weight], attributes: [, masking] }) => {
    const [B, inputs] = x.shape;
    const [outputs] = weight.shape;
    const block = (rowsOfBlock(B, inputs) * blockRow(outputs)) / 8;
    return [packedSize(outputs, inputs), block, ...(masking === undefined ? [] : [outputs * inputs])];
  },
  constants: ({ attributes: [, masking] }) => (masking === undefined ? [] : [numbersOf(masking as Masking)]),
  pitched: ({ inputs: [x, weight] }) => [x.shape[1], null, null, weight.shape[0]],
  emit(op, emit) {
    const [x, weight, bias] = op.inputs;
    const [activation, masking] = op.attributes as [string, Masking | undefined];
    const [B, inputs] = x.shape;
    const [outputs] = weight.shape;
    const [packed, block, masked] = emit.workspace;
    const from = emit.matrix(x.storage, inputs);
    const to = emit.matrix(op.outputs[0].storage, outputs);
    const W = weightOf(emit, emit.matrix(weight.storage, inputs), weight.storage.size, masked);
    const right = pack(emit, packed, W, outputs, inputs, "rows");
    const left = { at: from.at, next: from.rowBytes, step: 8 };
    const sums = { at: block, rowBytes: blockRow(outputs) };
    const links: ChainLink[] = [{ op: addSimd, operands: [0, 1] }];
    if (activation === "tanh") links.push({ op: tanhSimd, operands: [2] });
    product(
      emit,
      () => sums,
      left,
      right,
      [B, outputs, inputs],
      masking?.rows,
      (row, rows) => {
        const place = { at: to.at + row * to.rowBytes, rowBytes: to.rowBytes };
        const operands = [asMatrix(sums), asRow(emit.place(bias.storage).at)];
        emit.chain(rows, outputs, [place], operands, links, [links.length - 1]);
      },
    );
    // zeros of a mask are strong, which the kernels know nothing of (tensor/simd/strongMatmul.ts)
    const traces = masking?.rows.columns;
    if (traces) emit.check((numbers) => checkFinite(numbers, to, B, traces));
  },
};

/** What the gradients need to know of an op [g, y, x, weight] → [weight, bias, x?]. */
function sizesOf({ inputs: [, , x, weight], outputs, attributes: [activation, masking] }: Op) {
  const [B, inputs] = x.shape;
  return {
    ...{ B, inputs, outputs: weight.shape[0], size: weight.storage.size },
    throughTanh: activation === "tanh",
    masking: masking as Masking | undefined,
    wantsX: outputs.length === 3,
  };
}

/** hᵀx and the sums of h, and hW if it is wanted, with h = g, or g·(1 − y²) behind tanh. */
export const affineMapGradientsLowering: KernelLowering = {
  can: () => true,
  workspace: (op) => {
    const { B, inputs, outputs, size, masking, throughTanh, wantsX } = sizesOf(op);
    const levels = levelsOf(B);
    return [
      throughTanh ? (B * padded(outputs)) / 8 : 0,
      wantsX ? packedSize(inputs, outputs) : 0,
      masking ? size : 0,
      ...Array.from({ length: levels }, () => size),
      ...Array.from({ length: levels }, () => outputs + 1),
    ];
  },
  constants: ({ attributes: [, masking] }) => (masking === undefined ? [] : [numbersOf(masking as Masking)]),
  pitched: (op) => {
    const { inputs, outputs } = sizesOf(op);
    return [outputs, outputs, inputs, null, null, null, inputs];
  },
  sums: (op, rows) => (sizesOf(op).B === rows ? [0, 1] : []),
  emit(op, emit) {
    const { B, inputs, outputs, size, masking, throughTanh, wantsX } = sizesOf(op);
    const [cotangent, packed, masked, ...temporary] = emit.workspace;
    const levels = levelsOf(B);
    const [g, y, x] = [outputs, outputs, inputs].map((columns, k) => emit.matrix(op.inputs[k].storage, columns));
    const [dW, db, dx] = op.outputs;
    const h = throughTanh ? { at: cotangent, rowBytes: padded(outputs) } : g;
    if (throughTanh) emit.map(tanhGradientSimd, B, outputs, h, asMatrix(g), asMatrix(y));

    overRows(emit, h, emit.place(db.storage).at, temporary.slice(levels), [B, outputs]);

    const toWeight = emit.place(dW.storage).at;
    const [left, right] = [
      { at: h.at, next: 8, step: h.rowBytes },
      { at: x.at, strip: 64, step: x.rowBytes },
    ];
    const over = temporary.slice(0, levels);
    productOverRows(emit, toWeight, over, left, right, [outputs, inputs, B], masking?.columns);
    if (masking) maskInto(emit, toWeight, toWeight, size);

    if (!wantsX) return;
    const to = emit.matrix(dx.storage, inputs);
    const W = weightOf(emit, emit.matrix(op.inputs[3].storage, inputs), size, masking && masked);
    const strips = pack(emit, packed, W, inputs, outputs, "columns");
    const rowsOfH = { at: h.at, next: h.rowBytes, step: 8 };
    const place = (row: number): Place => ({ at: to.at + row * to.rowBytes, rowBytes: to.rowBytes });
    product(emit, place, rowsOfH, strips, [B, inputs, outputs], masking?.columns);
  },
};
