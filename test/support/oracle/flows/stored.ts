import type { StoredArray, StoredCase } from "../load.ts";

type Arrays = Readonly<Record<string, StoredArray>>;

/** A case of flows.json: a transform, its parameters, and what it makes of some points. */
export interface FlowStored extends StoredCase {
  readonly transform: string;
  readonly spec: LayerSpec;
  readonly params: Arrays;
  readonly buffers?: Arrays;
  readonly derived?: Arrays;
  readonly x: StoredArray;
  readonly z?: StoredArray;
  readonly logabsdet?: StoredArray;
  readonly log_prob?: StoredArray;
  readonly mean_nll?: number;
  readonly jacobian?: StoredArray;
  readonly inverse?: { readonly z: StoredArray; readonly x: StoredArray; readonly logabsdet_inverse: StoredArray };
  readonly grad_z?: StoredArray;
  readonly grad_logabsdet?: StoredArray;
  readonly grads?: Arrays;
  readonly grads_derived?: Arrays;
  readonly conditioner_shift?: StoredArray;
  readonly conditioner_scale?: StoredArray;
  readonly conditioner_unconstrained_scale?: StoredArray;
  readonly checkerboard?: {
    readonly shape_chw: readonly [number, number, number];
    readonly inverted: boolean;
    readonly mask: StoredArray;
  };
  readonly x_init?: StoredArray;
  readonly expected_init?: Readonly<Record<string, Arrays>>;
  readonly y?: StoredArray;
  readonly bits_per_dim?: StoredArray;
  readonly grads_mean_nll?: Arrays;
  readonly adam?: TrainingStored;
  readonly sgd_momentum?: TrainingStored;
}

/** Steps of an optimiser on the mean negative log-likelihood of all points. */
export interface TrainingStored {
  readonly config: {
    readonly lr: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
    readonly momentum?: number;
    readonly dampening?: number;
    readonly nesterov?: boolean;
  };
  readonly steps: number;
  /** Before each step, and after the last. */
  readonly losses: readonly number[];
  readonly params_after: Arrays;
}

/** What a transform of the file is: its type and, under the names of the file, its options. */
export interface LayerSpec {
  readonly type: string;
  /** What the names of its parameters and buffers begin with; nothing if absent. */
  readonly prefix?: string;
  readonly layers?: readonly LayerSpec[];
  readonly scales?: readonly LayerSpec[];
  readonly of?: LayerSpec;
  readonly axis?: number;
  readonly perm?: readonly number[];
  readonly lower?: boolean;
  readonly eps?: number;
  readonly householders?: number;
  readonly identity?: readonly number[];
  readonly transformed?: readonly number[];
  readonly form?: string;
  readonly scale_map?: string;
  readonly layout?: string;
  readonly net?: NetSpec;
  readonly s_net?: NetSpec;
  readonly t_net?: NetSpec;
  readonly factor?: number;
  readonly alpha?: number | null;
  readonly levels?: number;
  readonly logit_alpha?: number | null;
  readonly negative_slope?: number;
  readonly parametrisation?: string;
  readonly bins?: number;
  readonly bound?: number | null;
  readonly left?: number | null;
  readonly right?: number | null;
  readonly tails?: string | null;
  readonly min_bin_width?: number;
  readonly min_bin_height?: number;
  readonly min_derivative?: number;
  readonly slope?: number;
}

/** What a net of the file is. */
export interface NetSpec {
  readonly kind: string;
  readonly prefix: string;
  /** The number of affine maps; of residual nets, `blocks` is that of blocks. */
  readonly layers?: number;
  readonly blocks?: number;
  readonly activation: "tanh" | "relu";
  readonly paddings?: readonly number[];
}
