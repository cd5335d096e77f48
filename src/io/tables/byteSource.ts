import { DomainError, describeValue } from "../../tensor/errors.ts";
import { encodeUtf8 } from "../utf8.ts";

/** Where a table comes from: a text, bytes, or a stream of bytes, as of a file in Node or of the body of a response. */
export type TableSource = string | Uint8Array | ArrayBuffer | AsyncIterable<Uint8Array>;

/** Bytes that are given on at a time where they come all at once. */
const PIECE = 1 << 20;

/** A stream of bytes of which the beginning can be looked at before it is read. */
export class ByteSource {
  private readonly iterator: AsyncIterator<Uint8Array>;
  private readonly ahead: Uint8Array[] = [];
  private aheadBytes = 0;
  private ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.iterator = chunks[Symbol.asyncIterator]();
  }

  /** The first bytes, at least as many as asked for unless there are no more; they stay in the stream. */
  async head(bytes: number): Promise<Uint8Array> {
    while (this.aheadBytes < bytes && !this.ended) {
      const { done, value } = await this.iterator.next();
      if (done === true) this.ended = true;
      else {
        this.ahead.push(value);
        this.aheadBytes += value.length;
      }
    }
    if (this.ahead.length !== 1) this.ahead.splice(0, this.ahead.length, joined(this.ahead, this.aheadBytes));
    return this.ahead[0];
  }

  /** Whether the head is everything. */
  get isWhole(): boolean {
    return this.ended;
  }

  /** Everything, from the beginning. The source is closed when the loop over it is left. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of this.ahead.splice(0)) yield chunk;
      while (!this.ended) {
        const { done, value } = await this.iterator.next();
        if (done === true) this.ended = true;
        else yield value;
      }
    } finally {
      await this.close();
    }
  }

  /** Everything in one array. */
  async whole(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.chunks()) {
      parts.push(chunk);
      size += chunk.length;
    }
    return joined(parts, size);
  }

  /** Lets go of the source, which may be a file that is open. */
  async close(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await this.iterator.return?.();
  }
}

/** The bytes one after the other; those of a single part are not copied. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(size);
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}

/** The bytes of a source. Throws DomainError for what is none. */
export function bytesOf(operation: string, source: TableSource, onProgress?: (bytes: number) => void): ByteSource {
  return new ByteSource(counted(chunksOf(operation, source), onProgress));
}

function chunksOf(operation: string, source: TableSource): AsyncIterable<Uint8Array> {
  if (typeof source === "string") return pieces(source.length, (from, to) => encoded(source, from, to));
  if (source instanceof Uint8Array) return pieces(source.length, (from, to) => source.subarray(from, to));
  if (source instanceof ArrayBuffer) return chunksOf(operation, new Uint8Array(source));
  if (typeof source === "object" && source !== null && Symbol.asyncIterator in source)
    return checked(operation, source);
  throw new DomainError(
    `${operation}: the source must be a string, bytes or a stream of bytes; got ${describeValue(source)}`,
  );
}

async function* pieces(size: number, piece: (from: number, to: number) => Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += PIECE) yield piece(at, Math.min(size, at + PIECE));
}

/** A part of a text in UTF-8. A pair of surrogates that the cut would part is left to the part before. */
function encoded(text: string, from: number, to: number): Uint8Array {
  const parted = (at: number): boolean =>
    /[\uD800-\uDBFF]/.test(text[at - 1] ?? "") && /[\uDC00-\uDFFF]/.test(text[at] ?? "");
  return encodeUtf8(text.slice(parted(from) ? from + 1 : from, parted(to) ? to + 1 : to));
}

async function* checked(operation: string, source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    if (chunk instanceof Uint8Array) yield chunk;
    else throw new DomainError(`${operation}: a stream must give Uint8Arrays; got ${describeValue(chunk)}`);
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    onProgress?.(bytes);
    yield chunk;
  }
}
