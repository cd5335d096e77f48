// Where things of the repository stand on the site. Markdown has a page, pictures and other files that a page shows are copied, all other files have
// a page that shows their source.

/** Extensions of what is copied as it is. */
export const COPIED = /\.(?:svg|png|csv|gz|safetensors|npz|ipynb|html|pdf)$/;

/**
 * The page of a file or folder of the repository, without its extension: `docs/derivations/lu.md` is `derivations/lu`, `src/flows/flow.ts` is
 * `source/src/flows/flow.ts`, a folder `source/FOLDER/index`.
 *
 * @param {string} path from the root of the repository @param {boolean} isFolder
 */
export function pageOf(path, isFolder) {
  if (isFolder) return `source/${path === "" ? "" : `${path}/`}index`;
  if (path === "docs/lecture.md") return "lecture/index";
  return path.endsWith(".md") ? path.replace(/^docs\//, "").replace(/\.md$/, "") : `source/${path}`;
}

/** Where a copied file stands. @param {string} path */
export function copyOf(path) {
  return path.replace(/^docs\//, "");
}

/**
 * The path from the root of the repository that a link of a file leads to, and its anchor; null for links out of the repository. A link
 * `repo:PATH` begins at the root.
 *
 * @param {string} link @param {string} file
 */
export function targetOf(link, file) {
  const [path, anchor] = link.split("#", 2);
  if (/^[a-z]+:/i.test(path) && !path.startsWith("repo:")) return null;
  if (path === "") return { path: file, anchor };
  const folder = path.startsWith("repo:") ? [] : file.split("/").slice(0, -1);
  const steps = [...folder, ...decodeURI(path).replace("repo:", "").split("/")];
  /** @type {string[]} */
  const out = [];
  for (const step of steps) {
    if (step === "..") out.pop();
    else if (step !== "." && step !== "") out.push(step);
  }
  return { path: out.join("/"), anchor };
}
