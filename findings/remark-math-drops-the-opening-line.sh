#!/usr/bin/env bash
# remark-math 6.0.0: of a displayed formula of several lines, what stands on the line of the opening $$ is thrown away, and a closing $$ at the end of a line closes nothing, so that the
# text up to the end of the page is taken for maths. One would guess what TeX and markdown-it with @vscode/markdown-it-katex 1.1.2 make of the same text: all of the formula, and only that.
# Here log p(x) loses its left-hand side, and what remains is still a valid formula. Its grammar, as documented, has the rest of the opening line as unused "meta".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund unified@11.0.5 remark-parse@11.0.0 remark-math@6.0.0 remark-rehype@11.1.2 rehype-katex@7.0.1 rehype-stringify@10.0.1 \
  markdown-it@15.0.3 @vscode/markdown-it-katex@1.1.2 > /dev/null
cat > program.mjs <<'END'
import katex from "@vscode/markdown-it-katex";
import markdownIt from "markdown-it";
import rehypeKatex from "rehype-katex";
import rehypeStringify from "rehype-stringify";
import remarkMath from "remark-math";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";

const remark = unified().use(remarkParse).use(remarkMath).use(remarkRehype).use(rehypeKatex).use(rehypeStringify);
const others = markdownIt().use(katex.default ?? katex);
const formula = (html) => (html.match(/<annotation[^>]*>([^]*?)<\/annotation>/)?.[1] ?? `no formula, but ${html.replace(/<[^>]*>/g, "")}`).trim();
for (const text of ["$$\\log p(x) =\n\\log p(z) + \\log |J|\n$$\n\nAfter.", "$$\\log p(x) =\n\\log p(z)$$\n\nAfter."]) {
  console.log("remark-math:", JSON.stringify(formula(String(remark.processSync(text)))));
  console.log("markdown-it:", JSON.stringify(formula(others.render(text))));
}
END
cat > expected <<'END'
remark-math: "\\log p(z) + \\log |J|"
markdown-it: "\\log p(x) =\n\\log p(z) + \\log |J|"
remark-math: "no formula, but \\log p(z)$$\n\nAfter."
markdown-it: "\\log p(x) =\n\\log p(z)"
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
