// The lecture is one document, and reads best as a page for each chapter: it is cut at its headings of second rank.

import GithubSlugger from "github-slugger";

/** @typedef {{ title: string, page: string, lines: string[], anchors: string[] }} Chapter */

/**
 * The pages of a document: what stands before the first chapter, then the chapters. Headings keep the anchors that they have in the whole.
 *
 * @param {string} markdown @returns {Chapter[]}
 */
export function chapters(markdown) {
  const slugger = new GithubSlugger();
  /** @type {Chapter[]} */
  const parts = [];
  let fence = "";
  for (const line of markdown.split("\n")) {
    const ticks = /^ *(`{3,})/.exec(line)?.[1] ?? "";
    const heading = fence === "" ? /^(#{1,6}) (.+?) *$/.exec(line) : null;
    if (fence === "") fence = ticks;
    else if (ticks.startsWith(fence)) fence = "";
    if (heading === null) {
      parts.at(-1)?.lines.push(line);
      continue;
    }
    const [, rank, title] = heading;
    const id = slugger.slug(plain(title));
    if (parts.length === 0) parts.push({ title, page: "lecture/index", lines: [], anchors: [] });
    else if (rank === "##") parts.push({ title, page: `lecture/${id}`, lines: [], anchors: [] });
    const { lines, anchors } = parts[parts.length - 1];
    anchors.push(id);
    lines.push(`${parts.length === 1 ? rank : rank.slice(1)} ${title} {:#${id}:}`);
  }
  return parts;
}

/** A heading without its Markdown. @param {string} title */
function plain(title) {
  return title.replace(/[`*]/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
}
