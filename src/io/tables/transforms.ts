import { FormatError } from "../formatError.ts";

/** What an engine offers to (de)compress bytes. */
interface ByteTransform {
  readonly writable: WritableStream<BufferSource>;
  readonly readable: ReadableStream<Uint8Array>;
}

/** Bytes after a transformation, as they come: nothing is kept. Throws FormatError where the bytes are damaged. */
export async function* through(
  chunks: AsyncIterable<Uint8Array>,
  { writable, readable }: ByteTransform,
  damage: string,
): AsyncGenerator<Uint8Array> {
  const writer = writable.getWriter();
  const reader = readable.getReader();
  writer.closed.catch(() => {}); // whatever happens to the writer, the reader is told
  let written = 0;
  let fault: { readonly error: unknown } | undefined; // of the source: it is thrown as it is
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of chunks) {
        try {
          await writer.write(chunk as Uint8Array<ArrayBuffer>);
        } catch {
          return;
        }
        written += chunk.length;
      }
    } catch (error) {
      fault = { error };
      await writer.abort(error).catch(() => {});
      return;
    }
    await writer.close().catch(() => {});
  };
  const fed = feed();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((): never => {
        if (fault !== undefined) throw fault.error;
        throw new FormatError(damage, written);
      });
      if (done) break;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
    await fed;
  }
}

/** The bytes of a gzip file, of all its members: programs that write in parallel make one per block. Throws FormatError. */
export function gunzip(operation: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const damage = `${operation}: gzip data must be whole; it is damaged or cut off`;
  return through(chunks, new DecompressionStream("gzip"), damage);
}

/** The bytes of text in another encoding, in UTF-8. A lone half of a surrogate pair becomes U+FFFD. */
export async function* recoded(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}
