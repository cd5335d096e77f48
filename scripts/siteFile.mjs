// The built site, as a server of files would send it.

import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the site is built. */
export const SITE = fileURLToPath(new URL("../website/dist/", import.meta.url));

/** @type {Record<string, string>} */
const TYPES = {
  ".css": "text/css",
  ".csv": "text/csv",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** What is sent for a path: a file, or the index of a folder; null where there is none. @param {string} path */
export function siteFile(path) {
  const file = join(SITE, normalize(decodeURIComponent(path)), path.endsWith("/") ? "index.html" : "");
  if (!existsSync(file) || !statSync(file).isFile()) return null;
  return { type: TYPES[extname(file)] ?? "application/octet-stream", content: readFileSync(file) };
}
