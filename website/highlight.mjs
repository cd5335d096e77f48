// Code in colours. With Shiki, VitePress's own, half of the build was spent on the pages of source (docs/decisions/0023).

import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import diff from "highlight.js/lib/languages/diff";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

for (const [name, language] of Object.entries({ bash, diff, javascript, json, python, typescript, xml, yaml })) {
  hljs.registerLanguage(name, language);
}

/**
 * A block of code as HTML. With `anchors` among the attributes its lines are numbered and can be linked to, as `#L12`.
 *
 * @param {string} code @param {string} language @param {string} attributes
 */
export function highlight(code, language, attributes) {
  const text = code.trimEnd();
  const known = hljs.getLanguage(language) !== undefined;
  const html = known ? hljs.highlight(text, { language }).value : escaped(text);
  return `<pre v-pre><code>${attributes.includes("anchors") ? numbered(html) : html}</code></pre>`;
}

/** @param {string} html */
function numbered(html) {
  return html
    .split("\n")
    .map((line, i) => `<i id="L${i + 1}"></i>${line}`)
    .join("\n");
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
