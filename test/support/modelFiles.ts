import { createHash } from "node:crypto";

// Files of models, taken apart and put together by other means than those of the library: what these tests read, they read by themselves.

/** The parts of a safetensors file: the texts of its metadata, and each tensor with its entry in the header and its bytes. */
interface Parts {
  readonly metadata: Map<string, string>;
  readonly tensors: Map<string, { readonly dtype: string; readonly shape: number[]; readonly bytes: Uint8Array }>;
}

/** Reads the format: a length, a header in JSON, and the rest. */
export function partsOf(file: Uint8Array): Parts {
  const buffer = Buffer.from(file);
  const begin = 8 + Number(buffer.readBigUInt64LE(0));
  const { __metadata__: texts = {}, ...entries } = JSON.parse(buffer.toString("utf8", 8, begin));
  const tensors: Parts["tensors"] = new Map();
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = entry as { dtype: string; shape: number[]; data_offsets: number[] };
    tensors.set(name, { dtype, shape, bytes: new Uint8Array(buffer.subarray(begin + offsets[0], begin + offsets[1])) });
  }
  return { metadata: new Map(Object.entries(texts as Record<string, string>)), tensors };
}

/** Writes the format. */
export function fileOf({ metadata, tensors }: Parts): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  header.__metadata__ = Object.fromEntries(metadata);
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return new Uint8Array(Buffer.concat([length, padded, ...[...tensors.values()].map(({ bytes }) => bytes)]));
}

/** The parts with a hash that is right for them, computed as docs/contract.md says. */
function withHash({ metadata, tensors }: Parts): Parts {
  const hash = createHash("sha256");
  const put = (part: string | Uint8Array): void => {
    const bytes = Buffer.from(part as string);
    hash.update(`${bytes.length}:`).update(bytes);
  };
  for (const key of [...metadata.keys()].sort()) {
    if (key === "diffeo.sha256") continue;
    put(key);
    put(metadata.get(key) as string);
  }
  for (const name of [...tensors.keys()].sort()) {
    const { dtype, shape, bytes } = tensors.get(name) as NonNullable<ReturnType<Parts["tensors"]["get"]>>;
    put(JSON.stringify([name, dtype, shape]));
    put(bytes);
  }
  return { metadata: new Map([...metadata, ["diffeo.sha256", hash.digest("hex")]]), tensors };
}

/** The same content, its tensors in another order; with other metadata, if some are given. */
export function rewritten(
  file: Uint8Array,
  order: (names: string[]) => string[],
  metadata?: Map<string, string>,
): Uint8Array {
  const parts = partsOf(file);
  const names = order([...parts.tensors.keys()]);
  const tensors = new Map(names.map((name) => [name, parts.tensors.get(name) as never]));
  return fileOf({ metadata: metadata ?? parts.metadata, tensors });
}

/** The file with one text of its metadata changed, and a hash that is right for that. */
export function withMetadata(file: Uint8Array, key: string, text: string): Uint8Array {
  const { metadata, tensors } = partsOf(file);
  return fileOf(withHash({ metadata: new Map([...metadata, [key, text]]), tensors }));
}

/** The file with the bytes of its tensors changed, and a hash that is right for that. `others` has the bytes of another file. */
export function signed(
  file: Uint8Array,
  change: (tensors: Map<string, Uint8Array>, others: (file: Uint8Array) => Map<string, Uint8Array>) => void,
): Uint8Array {
  const { metadata, tensors } = partsOf(file);
  const bytesIn = (parts: Parts): Map<string, Uint8Array> =>
    new Map([...parts.tensors].map(([name, { bytes }]) => [name, bytes]));
  const changed = bytesIn({ metadata, tensors });
  change(changed, (other) => bytesIn(partsOf(other)));
  const put = [...tensors].map(
    ([name, entry]) => [name, { ...entry, bytes: changed.get(name) as Uint8Array }] as const,
  );
  return fileOf(withHash({ metadata, tensors: new Map(put) }));
}
