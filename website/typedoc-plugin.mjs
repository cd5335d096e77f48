// What diffeo's reference has that typedoc's has not: comments in Markdown (notation/), links to names that are not public but have a source page,
// and a list of all names, for the lists of the site and for its source pages.

import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Converter, ReflectionKind, RendererEvent } from "typedoc";
import { firstSentence, typesetComment, typesetLine } from "./notation/comment.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const PRIVATE = 0xe000;

/** @param {import("typedoc").Application} app */
export function load(app) {
  /** @type {Map<number, import("typedoc").CommentDisplayPart[]>} */
  const firstSentences = new Map();

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (/** @type {import("typedoc").Context} */ { project }) => {
    for (const folder of project.children ?? []) folder.name = folder.name.replace(/^src\//, "");
  });

  app.converter.on(Converter.EVENT_RESOLVE_END, (/** @type {import("typedoc").Context} */ { project }) => {
    for (const reflection of Object.values(project.reflections)) {
      if ("sources" in reflection) leaveOutForeign(/** @type {import("typedoc").DeclarationReflection} */ (reflection));
      const { comment } = reflection;
      if (comment === undefined || comment.summary.length === 0) continue;
      firstSentences.set(
        reflection.id,
        withParts(comment.summary, (text) => typesetLine(firstSentence(text))),
      );
      comment.summary = withParts(comment.summary, typesetComment);
    }
  });

  app.converter.addUnknownSymbolResolver((_reference, _reflection, _part, symbol) => {
    const { fileName, pos } = symbol ?? {};
    if (fileName === undefined || pos === undefined || fileName.includes("node_modules")) return undefined;
    const line = readFileSync(fileName, "utf8").slice(0, pos).trimEnd().split("\n").length;
    return `repo:${relative(root, fileName)}#L${line}`;
  });

  app.renderer.on(RendererEvent.END, (/** @type {RendererEvent} */ { project, outputDirectory }) => {
    const names = (project.children ?? []).flatMap((folder) =>
      (folder.children ?? [])
        .filter((name) => !name.isReference())
        .map((name) => ({
          folder: folder.name,
          name: name.name,
          kind: ReflectionKind[name.kind],
          page: app.renderer.router?.getFullUrl(name),
          sources: (name.sources ?? []).map(({ fileName, line }) => ({ fileName, line })),
          summary: plain(firstSentences.get((name.signatures?.[0] ?? name).id) ?? []),
        })),
    );
    writeFileSync(join(outputDirectory, "names.json"), JSON.stringify(names));
  });
}

/** What is inherited from the language itself has no source page. @param {import("typedoc").DeclarationReflection} reflection */
function leaveOutForeign(reflection) {
  reflection.sources = reflection.sources?.filter(({ fileName }) => !fileName.includes("node_modules"));
}

/**
 * A comment as Markdown, its parts that are no text (code, links) as they are.
 *
 * @param {import("typedoc").CommentDisplayPart[]} parts @param {(text: string) => string} typeset
 */
function withParts(parts, typeset) {
  const letters = parts.map((part, i) => (part.kind === "text" ? part.text : String.fromCharCode(PRIVATE + i)));
  return typeset(letters.join(""))
    .split(/([\uE000-\uF8FF])/)
    .filter((text) => text !== "")
    .map((text) => parts[text.charCodeAt(0) - PRIVATE] ?? { kind: /** @type {const} */ ("text"), text });
}

/** @param {import("typedoc").CommentDisplayPart[]} parts */
function plain(parts) {
  return parts.map(({ kind, text }) => (kind === "inline-tag" ? `\`${text}\`` : text)).join("");
}
