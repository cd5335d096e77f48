// Lays out in .build-pages what the site is built from: the documents, a page for each file of source, lists of names, the sidebars. What a page
// links to gets a page, too, so that no link is dead.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chapters } from "./chapters.mjs";
import { COPIED, copyOf, pageOf, targetOf } from "./paths.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const pages = fileURLToPath(new URL(".build-pages/", import.meta.url));

/** What has a page even if no other page leads to it; of src and examples all that is in them has one. */
const STARTS = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "src", "examples", ...documentsIn("docs")];

/** The order of the folders of src, from numbers to models. */
const FOLDERS = ["tensor", "autograd", "nets", "distributions", "flows", "training", "data", "io", "plot", "density"];

const KINDS = /** @type {const} */ ([
  ["Functions", ["Function"]],
  ["Classes", ["Class"]],
  ["Interfaces", ["Interface"]],
  ["Types", ["TypeAlias"]],
  ["Values", ["Variable"]],
]);

/** @typedef {{ folder: string, name: string, kind: string, page: string, summary: string, sources: { fileName: string, line: number }[] }} Name */

/** @type {Name[]} */
const names = JSON.parse(readFileSync(join(pages, "api/names.json"), "utf8"));

/** From each page to the file of the repository that its links begin at. @type {Record<string, string>} */
const origins = {};

const lecture = chapters(read("docs/lecture.md"));

const paths = reachable();
for (const path of paths) compose(path);
composeReference();
write("index.md", readFileSync(new URL("home.md", import.meta.url), "utf8"), "website/home.md");
copyFolder(fileURLToPath(new URL("public/", import.meta.url)), join(pages, "public"));
copy(join(root, "dist/diffeo.min.js"), join(pages, "public/diffeo.min.js")); // for pages that run the library
const places = lecture.flatMap(({ page, anchors }) => anchors.map((anchor) => [anchor, page]));
write("links.json", JSON.stringify({ origins, chapters: Object.fromEntries(places) }));
write("sidebar.json", JSON.stringify(sidebars()));

/** Every file and folder that has a page or is copied: a document brings what it links to. */
function reachable() {
  /** @type {string[]} */
  const missing = [];
  const waiting = [...STARTS];
  const found = new Set();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    if (isFolder(path)) {
      if (/^(?:src|examples)(?:\/|$)/.test(path)) waiting.push(...entriesOf(path).map((name) => `${path}/${name}`));
    } else if (path.endsWith(".md")) {
      for (const link of linksOf(read(path))) {
        const target = targetOf(link, path);
        if (target === null) continue;
        if (existsSync(join(root, target.path))) waiting.push(target.path);
        else missing.push(`${path}: ${link}`);
      }
    }
  }
  if (missing.length > 0) throw new Error(`links lead nowhere:\n${missing.join("\n")}`);
  return found;
}

/** @param {string} path @returns {string[]} */
function documentsIn(path) {
  return entriesOf(path)
    .map((name) => `${path}/${name}`)
    .flatMap((entry) => (isFolder(entry) ? documentsIn(entry) : entry.endsWith(".md") ? [entry] : []));
}

/** @param {string} path */
function entriesOf(path) {
  return readdirSync(join(root, path)).filter((name) => !/^(?:node_modules|dist|\..*)$/.test(name));
}

/** @param {string} path */
function isFolder(path) {
  return statSync(join(root, path)).isDirectory();
}

/** The links and pictures of a document, without what looks like some in code. @param {string} markdown */
function linksOf(markdown) {
  const prose = markdown.replace(/^ *(`{3,})[^`\n]*\n.*?^ *\1 *$/gms, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, link]) => link);
}

/** A file or folder of the repository becomes a page, or is copied. @param {string} path */
function compose(path) {
  if (isFolder(path)) composeFolder(path);
  else if (COPIED.test(path)) copy(join(root, path), join(pages, "public", copyOf(path)));
  else if (path === "docs/lecture.md")
    for (const chapter of lecture) write(`${chapter.page}.md`, chapterText(chapter), path);
  else if (path.endsWith(".md")) write(`${pageOf(path, false)}.md`, read(path), path);
  else composeSource(path);
}

/** A chapter with a wide table has all of the page for it. @param {import("./chapters.mjs").Chapter} chapter */
function chapterText({ lines }) {
  const isWide = lines.some((line) => line.startsWith("|") && line.split("|").length > 7);
  return `${isWide ? "---\naside: false\npageClass: wide\n---\n\n" : ""}${lines.join("\n")}`;
}

/** @param {string} path */
function composeFolder(path) {
  const items = entriesOf(path).map((name) => {
    const entry = path === "" ? name : `${path}/${name}`;
    const shown = isFolder(entry) ? `${name}/` : name;
    return `- ${paths.has(entry) ? `[${shown}](repo:${entry})` : shown}`;
  });
  write(`${pageOf(path, true)}.md`, `${plainMatter(path)}# ${trail(path)}\n\n${items.join("\n")}\n`, path);
}

/** @param {string} path */
function composeSource(path) {
  const text = read(path).trimEnd();
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  const language = /\.(\w+)$/.exec(path)?.[1] ?? "text";
  const known = { ts: "ts", js: "js", mjs: "js", json: "json", py: "python", sh: "sh", yml: "yaml" };
  const declared = names.filter(({ sources }) => sources.some(({ fileName }) => fileName === path));
  const links = declared.map(({ name, page }) => `[\`${name}\`](/api/${page.replace(/\.md$/, ".html")})`).join(", ");
  const about = links === "" ? "" : `Public names: ${links}\n\n`;
  const code = `${fence}${known[/** @type {keyof typeof known} */ (language)] ?? "text"} anchors\n${text}\n${fence}\n`;
  write(`${pageOf(path, false)}.md`, `${plainMatter(path)}# ${trail(path)}\n\n${about}${code}`, path);
}

/** @param {string} title */
function plainMatter(title) {
  return `---\ntitle: ${JSON.stringify(title || "source")}\npageClass: source\noutline: false\naside: false\nprev: false\nnext: false\n---\n\n`;
}

/** The path with a link at each folder. @param {string} path */
function trail(path) {
  const steps = path.split("/");
  const at = (/** @type {number} */ i) => steps.slice(0, i + 1).join("/");
  return steps
    .map((step, i) => (i < steps.length - 1 && paths.has(at(i)) ? `[${step}](repo:${at(i)})` : step))
    .join("/");
}

/** A page that lists the folders, and one for each that lists its names. */
function composeReference() {
  const lists = FOLDERS.map((folder) => {
    const own = names.filter((name) => name.folder === folder);
    const groups = KINDS.map(([title, kinds]) => {
      const members = own.filter(({ kind }) => /** @type {readonly string[]} */ (kinds).includes(kind));
      const rows = members
        .sort(byName)
        .map((name) => `| [\`${name.name}\`](/api/${html(name.page)}) | ${cell(name.summary)} |`);
      return rows.length === 0 ? "" : `## ${title}\n\n| name | what |\n|---|---|\n${rows.join("\n")}\n`;
    });
    write(`api/${folder}/index.md`, `# diffeo/${folder}\n\n${groups.filter(Boolean).join("\n")}`);
    return `| [diffeo/${folder}](/api/${folder}/index.html) | ${own.length} | ${contentOf(folder)} |`;
  });
  const about =
    "Everything is exported from `diffeo`, and from the subpath of its folder. How shapes, units and errors are kept: [the contract](repo:docs/contract.md).";
  write(
    "api/index.md",
    `# API reference\n\n${about}\n\n| folder | names | among them |\n|---|---|---|\n${lists.join("\n")}\n`,
  );
}

/** What README's table says of a folder. @param {string} folder */
function contentOf(folder) {
  const row = new RegExp(`^\\| \`diffeo/${folder}\` \\| (.+) \\|$`, "m").exec(read("README.md"));
  if (row === null) throw new Error(`README.md has no row of diffeo/${folder}`);
  return row[1];
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll("|", "\\|");
}

/** @param {string} page */
function html(page) {
  return page.replace(/\.md$/, ".html");
}

/** @param {Name} a @param {Name} b */
function byName(a, b) {
  return a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1;
}

/** What stands at the side of pages, by the beginning of their address. */
function sidebars() {
  const link = (/** @type {string} */ text, /** @type {string} */ path) => ({
    text,
    link: `/${pageOf(path, false)}.html`,
  });
  const listed = (/** @type {string} */ folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .sort()
      .map((name) => link(titleOf(`${folder}/${name}`), `${folder}/${name}`));
  const derivations = { text: "Derivations", collapsed: true, items: listed("docs/derivations") };
  const reading = [
    {
      text: "Lecture",
      items: lecture.map(({ title, page }) => ({ text: title.split(":")[0], link: `/${page}.html` })),
    },
    {
      text: "Beside the lecture",
      items: [link("Exercises", "docs/exercises.md"), link("Ways through the source", "docs/walk.md"), derivations],
    },
    {
      text: "The library",
      items: [
        link("README", "README.md"),
        link("The command", "docs/command.md"),
        link("The contract", "docs/contract.md"),
        link("Numerics", "docs/numerics.md"),
        link("Results", "docs/results.md"),
        link("Model files elsewhere", "docs/interop.md"),
        link("Engines", "docs/engines.md"),
        link("Contributing", "CONTRIBUTING.md"),
        link("Changelog", "CHANGELOG.md"),
        { text: "Decisions", collapsed: true, items: listed("docs/decisions") },
      ],
    },
    {
      text: "Source",
      items: ["src", "examples"].map((folder) => ({ text: folder, link: `/${pageOf(folder, true)}.html` })),
    },
  ];
  const source = ["src", "examples"].flatMap((folder) => [
    { text: folder, link: `/${pageOf(folder, true)}.html` },
    ...entriesOf(folder)
      .filter((name) => isFolder(`${folder}/${name}`))
      .map((name) => ({ text: `${folder}/${name}`, link: `/${pageOf(`${folder}/${name}`, true)}.html` })),
  ]);
  return { ...apiSidebars(), "/source/": [{ text: "Source", items: source }], "/": reading };
}

/** Beside a page of the reference stand all folders, and the names of its own: those of all would make every page three times as long. */
function apiSidebars() {
  const around = (/** @type {string | null} */ own) => {
    const items = FOLDERS.map((folder) => {
      const item = { text: folder, link: `/api/${folder}/index.html` };
      if (folder !== own) return item;
      const members = names.filter((name) => name.folder === folder).sort(byName);
      return { ...item, items: members.map(({ name, page }) => ({ text: name, link: `/api/${html(page)}` })) };
    });
    return [{ text: "API reference", link: "/api/index.html", items }];
  };
  return Object.fromEntries([...FOLDERS.map((folder) => [`/api/${folder}/`, around(folder)]), ["/api/", around(null)]]);
}

/** The title of a document: its first heading. @param {string} path */
function titleOf(path) {
  return (
    /^# (.+)$/m
      .exec(read(path))?.[1]
      .replace(/^(\d{4}): /, "$1 ")
      .replaceAll("`", "") ?? path
  );
}

/** @param {string} path */
function read(path) {
  return readFileSync(join(root, path), "utf8");
}

/** @param {string} page @param {string} text @param {string} [origin] the file that the links of the page begin at */
function write(page, text, origin) {
  if (origin !== undefined) origins[page] = origin;
  mkdirSync(dirname(join(pages, page)), { recursive: true });
  writeFileSync(join(pages, page), text);
}

/** @param {string} from @param {string} to */
function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** @param {string} from @param {string} to */
function copyFolder(from, to) {
  for (const name of readdirSync(from)) copy(join(from, name), join(to, name));
}
