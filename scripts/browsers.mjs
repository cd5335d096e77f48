// Browsers of the system, driven by WebDriver BiDi, for scripts that ask them something. CHROMIUM and FIREFOX name others than
// /usr/bin/chromium and /usr/bin/firefox-esr.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** @typedef {"chrome" | "firefox"} Browser */

const PUPPETEER = "puppeteer-core@25.16.0";

/**
 * Installs a package from the npm registry into a folder of its own below that one, unless it is there; its folder.
 *
 * @param {string} folder @param {string} specifier
 */
export function install(folder, specifier) {
  const prefix = join(folder, specifier.replace("@", "-"));
  const installed = join(prefix, "node_modules", specifier.slice(0, specifier.lastIndexOf("@")));
  if (existsSync(installed)) return installed;
  mkdirSync(prefix, { recursive: true });
  writeFileSync(join(prefix, "package.json"), "{}");
  execFileSync("npm", ["install", "--loglevel=error", "--no-audit", "--no-fund", specifier], {
    cwd: prefix,
    stdio: "pipe",
  });
  return installed;
}

/** Starts a browser; its driver is installed into that folder. Throws where there is none. @param {Browser} browser @param {string} folder */
export async function startBrowser(browser, folder) {
  const executablePath = pathOf(browser);
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}`);
  const entry = createRequire(join(install(folder, PUPPETEER), "package.json")).resolve("puppeteer-core");
  const { default: puppeteer } = await import(pathToFileURL(entry).href);
  const args = browser === "chrome" ? ["--no-sandbox", "--disable-gpu"] : [];
  return puppeteer.launch({ browser, executablePath, args, protocol: "webDriverBiDi", headless: true });
}

/** @param {Browser} browser */
function pathOf(browser) {
  if (browser === "chrome") return process.env.CHROMIUM ?? "/usr/bin/chromium";
  return process.env.FIREFOX ?? "/usr/bin/firefox-esr";
}

/**
 * A server of this machine, at a free port. What the function gives for a path is sent, nothing for null.
 *
 * @param {(path: string) => { type: string, content: string | Uint8Array } | null} contentOf
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function serve(contentOf) {
  const server = createServer((request, response) => {
    const found = contentOf(new URL(request.url ?? "/", "http://localhost").pathname);
    if (found === null) response.writeHead(404).end();
    else response.setHeader("content-type", found.type).end(found.content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
