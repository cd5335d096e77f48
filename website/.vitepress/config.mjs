import { readFileSync } from "node:fs";
import { katex } from "@mdit/plugin-katex";
import GithubSlugger from "github-slugger";
import { defineConfig } from "vitepress";
import { highlight } from "../highlight.mjs";
import { repositoryLinks } from "../links.mjs";
import { searchOptions } from "../search.mjs";

const read = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(new URL(`../.build-pages/${name}`, import.meta.url), "utf8"));

process.env.VITE_EXTRA_EXTENSIONS = "safetensors,npz"; // links to those lead to files, not to pages

export default defineConfig({
  lang: "en",
  title: "diffeo",
  description: "Normalizing flows from first principles",
  srcDir: ".build-pages",
  outDir: "dist",
  cacheDir: ".build-cache",
  cleanUrls: false, // any server of files will do
  head: [["link", { rel: "icon", href: "/favicon.svg", type: "image/svg+xml" }]],
  metaChunk: true, // the list of all pages in a file of its own, not in each page
  markdown: {
    anchor: { slugify: (/** @type {string} */ text) => new GithubSlugger().slug(text) }, // as on GitHub
    attrs: { leftDelimiter: "{:", rightDelimiter: ":}" }, // e^{−x} is no attribute
    highlight,
    image: { lazyLoading: true },
    config(md) {
      const typeset = /** @type {any} */ (katex); // typed for another version of markdown-it
      md.use(typeset, { mathFence: true, throwOnError: true, strict: "error", transformer: asItStands });
      md.use(repositoryLinks, read("links.json"));
    },
  },
  themeConfig: {
    nav: [
      { text: "Lecture", link: "/lecture/index.html", activeMatch: "^/lecture/" },
      { text: "Exercises", link: "/exercises.html" },
      { text: "Walk", link: "/walk.html" },
      { text: "API", link: "/api/index.html", activeMatch: "^/api/" },
    ],
    sidebar: read("sidebar.json"),
    outline: { level: [2, 3], label: "On this page" },
    search: {
      provider: "local",
      options: {
        _render: searchable,
        miniSearch: { searchOptions },
      },
    },
  },
  vite: { build: { chunkSizeWarningLimit: 4000 } },
});

/** Nothing in a formula is a template of Vue. @param {string} html */
function asItStands(html) {
  return html.replace(/^\s*<[a-z]+/, "$& v-pre");
}

/**
 * What the search sees of a page: of source and lists of names nothing, formulas as TeX.
 *
 * @param {string} source @param {any} env @param {any} md
 */
function searchable(source, env, md) {
  if (env.relativePath.startsWith("source/") || /^api\/(?:\w+\/)?index/.test(env.relativePath)) return "";
  return md.render(source, { ...env, search: true });
}
