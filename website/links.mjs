// A plugin of markdown-it: links of the repository's documents lead to the pages of the site.

import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COPIED, copyOf, pageOf, targetOf } from "./paths.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));

/**
 * @param {any} md @param {{ origins: Record<string, string>, chapters: Record<string, string> }} known from each page to the file that its links
 * begin at; from each anchor of the lecture to its page
 */
export function repositoryLinks(md, { origins, chapters }) {
  md.core.ruler.push("repository_links", (/** @type {any} */ state) => {
    const page = state.env.relativePath;
    for (const { children } of state.tokens)
      for (const token of children ?? []) relink(token, page, origins[page], chapters);
  });
  for (const rule of ["math_inline", "math_block"]) asTexInSearch(md, rule);
  const { text, image } = md.renderer.rules;
  md.renderer.rules.image = (/** @type {any[]} */ tokens, /** @type {number} */ i, /** @type {any[]} */ ...rest) => {
    const picture = image(tokens, i, ...rest);
    const source = tokens[i].attrGet("src");
    const isLinked = tokens.slice(0, i).some(({ type }) => type === "link_open");
    return isLinked ? picture : `<a href="${source}" target="_blank" class="picture">${picture}</a>`; // to be enlarged, on a phone
  };
  md.renderer.rules.text = (/** @type {any[]} */ ...args) => text(...args).replaceAll("{{", "&#123;&#123;"); // no template of Vue
}

/**
 * @param {any} token @param {string} page
 * @param {string | undefined} origin none for pages that typedoc made: they know their neighbours
 * @param {Record<string, string>} chapters
 */
function relink(token, page, origin, chapters) {
  const attribute = token.type === "link_open" ? "href" : token.type === "image" ? "src" : null;
  const link = attribute === null ? null : token.attrGet(attribute);
  if (link === null || link.startsWith("/") || (origin === undefined && !link.startsWith("repo:"))) return;
  const target = targetOf(link, origin ?? "");
  const url = target === null ? link : siteUrl(target, chapters);
  // an anchor of the page itself stays one: the search looks for those of headings
  token.attrSet(attribute, link.startsWith("#") && url.startsWith(`/${page.replace(/md$/, "html")}`) ? link : url);
}

/** @param {{ path: string, anchor?: string }} target @param {Record<string, string>} chapters */
function siteUrl({ path, anchor }, chapters) {
  if (COPIED.test(path)) return `/${copyOf(path)}`;
  const isFolder = statSync(join(root, path)).isDirectory();
  const page = (path === "docs/lecture.md" && chapters[anchor ?? ""]) || pageOf(path, isFolder);
  return `/${page}.html${anchor === undefined ? "" : `#${anchor}`}`;
}

/** @param {any} md @param {string} rule */
function asTexInSearch(md, rule) {
  const rendered = md.renderer.rules[rule];
  if (rendered === undefined) return;
  md.renderer.rules[rule] = (/** @type {any[]} */ tokens, /** @type {number} */ i, /** @type {any[]} */ ...rest) =>
    rest[1]?.search ? md.utils.escapeHtml(` ${tokens[i].content} `) : rendered(tokens, i, ...rest);
}
