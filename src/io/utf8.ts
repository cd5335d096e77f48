// Texts as bytes. Engines around which there is no browser (QuickJS, gjs) have no TextEncoder and no TextDecoder.

/** A host's decoder, made when it is first needed; null where there is none. */
let hosts: { readonly lenient: TextDecoder; readonly strict: TextDecoder } | null | undefined;

function decoders(): NonNullable<typeof hosts> | null {
  if (hosts === undefined) {
    const make = (fatal: boolean): TextDecoder => new TextDecoder("utf-8", { fatal, ignoreBOM: true });
    hosts = typeof TextDecoder === "undefined" ? null : { lenient: make(false), strict: make(true) };
  }
  return hosts;
}

/** A text in UTF-8. Half of a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  if (typeof TextEncoder !== "undefined") return new TextEncoder().encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    let code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}

/** Bytes in UTF-8 as a text; null if they are not in UTF-8. A byte order mark is a character like others. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  const host = decoders();
  if (host === null) return decodedByHand(bytes, null);
  try {
    return host.strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes in UTF-8 as a text; what is not in UTF-8 becomes U+FFFD. */
export function decodeLeniently(bytes: Uint8Array): string {
  return decoders()?.lenient.decode(bytes) ?? (decodedByHand(bytes, "\ufffd") as string);
}

/** The length of the bytes without a last character that is cut off. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) break;
    if (byte >= 0xc0) return lengthOf(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** How many bytes a character has that begins with this one; 0 if none does. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/** Without a decoder of the host; `wrong` stands for bytes that are no character, and null for a refusal. */
export function decodedByHand(bytes: Uint8Array, wrong: string | null): string | null {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes[at]);
    const code = codeAt(bytes, at, length);
    if (code === null && wrong === null) return null;
    text += code === null ? wrong : String.fromCodePoint(code);
    at += code === null ? 1 : length;
  }
  return text;
}

/** The character of so many bytes; null where there is none: cut off, too long for what it says, a surrogate, beyond U+10FFFF. */
function codeAt(bytes: Uint8Array, at: number, length: number): number | null {
  if (length === 0 || at + length > bytes.length) return null;
  let code = length === 1 ? bytes[at] : bytes[at] & (0x7f >> length);
  for (let k = 1; k < length; k++) {
    const byte = bytes[at + k];
    if ((byte & 0xc0) !== 0x80) return null;
    code = (code << 6) | (byte & 63);
  }
  const least = [0, 0, 0x80, 0x800, 0x10000][length];
  return code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? null : code;
}
