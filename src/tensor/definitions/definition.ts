/** Plain JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a net, a distribution, an element or a layer can be rebuilt from: its kind and its options, as plain JSON. */
export interface Definition {
  /** Its kind, such as `"actNorm"`. */
  readonly type: string;
  readonly [option: string]: Json;
}
