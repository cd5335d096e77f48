/** What an attribute may be; numbers are rounded to a tenth of a pixel. */
export type Attribute = string | number;

/** A rectangle of the picture, in its own units; y grows downwards. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** `<name attribute="value">children</name>`; children are markup already, attribute values are escaped here. */
export function element(name: string, attributes: Readonly<Record<string, Attribute>>, ...children: string[]): string {
  const list = Object.entries(attributes).map(([key, value]) => {
    return ` ${key}="${typeof value === "number" ? round(value) : escapeText(value)}"`;
  });
  return children.length === 0
    ? `<${name}${list.join("")}/>`
    : `<${name}${list.join("")}>${children.join("")}</${name}>`;
}

/** Text for XML: & < > and quotes as entities; characters that XML forbids are left out. */
export function escapeText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, "") // control characters, halves of pairs, and what is no character
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A coordinate to a tenth, without trailing zeros. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
