// From the text of a doc comment to Markdown for the site: formulas are typeset where formula.mjs knows them, headings such as "Log-det:" begin
// paragraphs of their own, and everything else means itself, not Markdown. Doc comments have no Markdown but lists, code and indented blocks.

import { reachOf, toTex } from "./formula.mjs";

/** Words that begin a paragraph, as CONTRIBUTING.md lists them. */
const HEADINGS =
  /(?<=^|[.;)] )(Log-det|Inverse|Parameters|Smoothness|Cost|References?|Gradient(?:, for [^:.]*)?|Special cases|Shape|Numerics|Entropy|Sampling|Mean and median|Variance): |(?<=^|[.;)] )Throws (?=[A-Z(w])/;

const LONGEST = 300;

/**
 * The comment as Markdown. Characters of the private use area (U+E000 …) may stand for what is no text: code, links.
 *
 * @param {string} comment
 */
export function typesetComment(comment) {
  const blocks = comment.trim().split(/\n\s*\n/);
  return blocks.map((block, i) => typesetBlock(block, i === 0)).join("\n\n");
}

/** A phrase or sentence as Markdown: all its formulas within the line. @param {string} text */
export function typesetLine(text) {
  return inline(text.replace(/\s+/g, " ").trim());
}

/** The first sentence of a comment, for lists of names. @param {string} comment */
export function firstSentence(comment) {
  const [block] = comment.trim().split(/\n\s*\n/);
  return /^.*?(?:\.(?=\s)|$)/s.exec(block)?.[0].replace(/\s+/g, " ").replace(/[.:]$/, "") ?? "";
}

/** @param {string} block @param {boolean} isFirst */
function typesetBlock(block, isFirst) {
  const lines = block.split("\n");
  if (lines.every((line) => /^ {4}/.test(line))) return typesetLines(lines.map((line) => line.slice(4)));
  if (/^- /.test(block))
    return block
      .split(/\n(?=- )/)
      .map((item) => `- ${typesetLine(item.slice(2))}`)
      .join("\n");
  const text = lines.map((line) => line.trim()).join(" ");
  if (!isFirst) return underHeadings(text).join("\n\n");
  const paragraphs = [];
  let rest = text;
  for (let opening = openingFormula(rest); opening !== null; opening = openingFormula(rest)) {
    paragraphs.push(`$$\n${opening.tex}\n$$`);
    rest = rest.slice(opening.length);
  }
  if (rest !== "") paragraphs.push(...underHeadings(paragraphs.length > 0 ? capitalized(rest) : rest));
  return paragraphs.join("\n\n");
}

/** An indented block: formulas if each line is one, else as it stands. @param {string[]} lines */
function typesetLines(lines) {
  const formulas = lines.map((line) => toTex(line.trim(), { display: true }));
  if (formulas.every((tex) => tex !== null)) return formulas.map((tex) => `$$\n${tex}\n$$`).join("\n\n");
  return `\`\`\`text\n${lines.join("\n")}\n\`\`\``;
}

/** The formula that a text begins with, and its length with the colon or full stop behind it, if there is one or nothing. @param {string} text */
function openingFormula(text) {
  const found = formulaAt(text, 0);
  const stop = found && /^(?:[:.] |[:.]?$)/.exec(text.slice(found.end));
  const tex = stop && toTex(text.slice(0, found.end), { display: true });
  return stop && tex ? { length: found.end + stop[0].length, tex } : null;
}

/** A lower-case word at the start gets a capital; symbols keep their letters. @param {string} text */
function capitalized(text) {
  return /^[a-z]{2}/.test(text) && formulaAt(text, 0) === null ? text[0].toUpperCase() + text.slice(1) : text;
}

/** @param {string} text */
function underHeadings(text) {
  const paragraphs = [];
  for (let rest = text; rest !== ""; ) {
    const heading = /** @type {RegExpExecArray} */ (/^/.exec(rest));
    const start = HEADINGS.exec(rest)?.index === heading.index ? HEADINGS.exec(rest)?.[0] : undefined;
    const body = rest.slice(start?.length ?? 0);
    const next = HEADINGS.exec(body);
    const end = next === null ? body.length : next.index;
    const words = inline(body.slice(0, end).trim());
    if (start !== undefined)
      paragraphs.push(`**${start.trim().replace(/:$/, "")}${start.includes(":") ? ":" : ""}** ${words}`);
    else if (words !== "") paragraphs.push(words);
    rest = body.slice(end);
  }
  return paragraphs;
}

/** Prose with formulas in it. Shapes, [B, D], stay as they are. @param {string} text */
function inline(text) {
  let out = "";
  let plain = 0;
  for (let at = 0; at < text.length; ) {
    const shape = /^\[[^[\]]*\]/.exec(text.slice(at));
    const found = shape === null && mayStart(text, at) ? formulaAt(text, at) : null;
    if (found !== null) {
      out += `${escaped(text.slice(plain, at))}$${found.tex}$`;
      plain = found.end;
    }
    at = found?.end ?? at + (shape?.[0].length ?? 1);
  }
  return out + escaped(text.slice(plain));
}

/** A word begins there, and nothing before it waits for an operand. @param {string} text @param {number} at */
function mayStart(text, at) {
  if (/^(?:\s|[+−±]\s)/.test(text.slice(at, at + 2)) || (at > 0 && !/[\s(]/.test(text[at - 1]))) return false;
  return !/(?:[=<>≤≥∼∈→+−±·×∘/ΣΠ∫√]|\b(?:log|ln|exp|det|mod))\s+$/.test(text.slice(Math.max(0, at - 6), at));
}

/** The longest formula that begins there, ends where a word ends, and is not gone on with. @param {string} text @param {number} start */
function formulaAt(text, start) {
  if (/^https?:/.test(text.slice(start, start + 6))) return null;
  const reach = reachOf(text.slice(start, start + LONGEST));
  for (let end = start + reach; end > start; end--) {
    const rest = text.slice(end);
    if (!/^(?:$|[\s.,:;)!?])/.test(rest) || /\s/.test(text[end - 1])) continue;
    if (/^\s*(?:[=<>≤≥∼∈→+±·×∘/]|−\s|\b(?:log|ln|exp|det|mod)\b|[ΣΠ∫√])/.test(rest)) continue;
    const tex = toTex(text.slice(start, end));
    if (tex !== null) return { end, tex };
  }
  return null;
}

/** Text that means itself in Markdown; addresses and documents of the repository become links. @param {string} text */
function escaped(text) {
  return text
    .split(/(https?:\/\/[^\s,;)]*[^\s,;).]|\bdocs\/[\w/-]+\.md\b)/)
    .map((part, i) => {
      if (i % 2 === 1) return part.startsWith("http") ? `<${part}>` : `[${part}](repo:${part})`;
      return part
        .replace(/[\\[\]*_$|#~`]/g, "\\$&")
        .replaceAll("<", "&lt;")
        .replaceAll("{{", "&#123;&#123;");
    })
    .join("");
}
