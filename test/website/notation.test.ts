import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listFiles, root } from "../support/sources.ts";

interface Formula {
  toTex(text: string, options?: { display?: boolean }): string | null;
}

interface Comment {
  typesetComment(comment: string): string;
  firstSentence(comment: string): string;
}

const { toTex } = (await import(join(root, "website/notation/formula.mjs"))) as Formula;
const { typesetComment, firstSentence } = (await import(join(root, "website/notation/comment.mjs"))) as Comment;

describe("a formula in plain notation", () => {
  test.each([
    ["z = (x − μ)·exp(−log σ)", "z = (x - \\mu ) \\cdot \\exp (-\\log \\sigma )"],
    ["log p(x) = Σ_j log p(x_j | x_<j)", "\\log p(x) = \\sum_{j} \\log p(x_{j} \\mid x_{<j})"],
    ["log|det ∂f/∂x|", "\\log \\lvert \\det \\partial f/\\partial x\\rvert"],
    ["x_{p(i)} = z_i", "x_{p(i)} = z_{i}"],
    ["x = U⁻¹·L⁻¹·Pᵀ·z", "x = U^{-1} \\cdot L^{-1} \\cdot P^{\\top } \\cdot z"],
    [
      "z_a = x_a,  z_b = element(x_b; net(x_a))",
      "z_{a} = x_{a},\\; z_{b} = \\mathrm{element}(x_{b};\\, \\mathrm{net}(x_{a}))",
    ],
    ["W = P L U", "W = PLU"],
    ["c = 0 … classes − 1", "c = 0 \\dots \\mathrm{classes} - 1"],
    ["y = √Σ x²", "y = \\sqrt{\\sum x^{2}}"],
    ["e^{−½(x/2)²}", "e^{-\\tfrac{1}{2}(x/2)^{2}}"],
    ["g·exponent·x^(exponent − 1)", "g \\cdot \\mathrm{exponent} \\cdot x^{\\mathrm{exponent} - 1}"],
    ["y = min(max(x, min), max)", "y = \\min (\\max (x, \\min), \\max)"],
    ["f = f_K ∘ … ∘ f_1", "f = f_{K} \\circ \\dots \\circ f_{1}"],
    ["Σ = L·Lᵀ", "\\Sigma = L \\cdot L^{\\top }"],
    ["∫₀¹ N(x; roll(u), σ²I) du", "\\int_{0}^{1} N(x;\\, \\mathrm{roll}(u), \\sigma ^{2}I)\\,du"],
    ["KL(p ‖ q) ≥ 0", "\\operatorname{KL} (p \\parallel q) \\ge 0"],
    ["O(D³)", "O(D^{3})"],
  ])("is read: %s", (plain, tex) => {
    expect(toTex(plain)).toBe(tex);
  });

  test("has every letter as TeX names it, and leaves other Greek ones alone", () => {
    const letters: Record<string, string> = {
      ...{ α: "\\alpha", β: "\\beta", γ: "\\gamma", δ: "\\delta", ε: "\\varepsilon", ζ: "\\zeta", η: "\\eta" },
      ...{ θ: "\\theta", κ: "\\kappa", λ: "\\lambda", μ: "\\mu", ν: "\\nu", ξ: "\\xi", π: "\\pi", ρ: "\\rho" },
      ...{ σ: "\\sigma", τ: "\\tau", φ: "\\varphi", χ: "\\chi", ψ: "\\psi", ω: "\\omega" },
      ...{ Γ: "\\Gamma", Δ: "\\Delta", Θ: "\\Theta", Λ: "\\Lambda", Π: "\\Pi", Σ: "\\Sigma", Φ: "\\Phi" },
      ...{ Ψ: "\\Psi", Ω: "\\Omega" },
      ...{ ℓ: "\\ell", ℝ: "\\mathbb{R}", ℤ: "\\mathbb{Z}", "∞": "\\infty", "∇": "\\nabla" },
    };
    const greek = Array.from({ length: 0x3ff - 0x370 }, (_, k) => String.fromCodePoint(0x370 + k));
    for (const letter of new Set([...greek, ...Object.keys(letters)])) {
      const tex = letters[letter];
      expect(toTex(`${letter} = 1`), letter).toBe(tex === undefined ? null : `${tex} = 1`);
    }
  });

  test("has every relation and operation as TeX names it", () => {
    const relations = {
      ...{ "=": "=", "<": "<", ">": ">", "≤": "\\le", "≥": "\\ge", "≠": "\\ne", "≈": "\\approx", "∼": "\\sim" },
      ...{ "∈": "\\in", "→": "\\to", "↦": "\\mapsto", "⇔": "\\Leftrightarrow", "∝": "\\propto" },
      ...{ "≪": "\\ll", "≫": "\\gg" },
    };
    const operations = {
      ...{ "+": "+", "−": "-", "±": "\\pm" },
      ...{ "·": "\\cdot", "×": "\\times", "∘": "\\circ", "⋯": "\\cdots" },
    };
    for (const [sign, tex] of Object.entries({ ...relations, ...operations })) {
      expect(toTex(`x ${sign} y`), sign).toBe(`x ${tex} y`);
    }
  });

  test("has every function as TeX names it", () => {
    const functions = {
      ...{ log: "\\log", ln: "\\ln", exp: "\\exp", det: "\\det", sin: "\\sin", cos: "\\cos", tanh: "\\tanh" },
      ...{ max: "\\max", min: "\\min", KL: "\\operatorname{KL}", tr: "\\operatorname{tr}" },
      ...{ erf: "\\operatorname{erf}", diag: "\\operatorname{diag}" },
      ...{ "Σ ": "\\sum", "Π ": "\\prod" },
    };
    for (const [name, tex] of Object.entries(functions)) expect(toTex(`${name}(x) = 1`), name).toBe(`${tex} (x) = 1`);
  });

  test.each([
    [
      "fractions",
      "½ = ⅓ = ⅔ = ¼ = ¾ = ⅛",
      [12, 13, 23, 14, 34, 18].map((n) => `\\tfrac{${[...`${n}`].join("}{")}}`).join(" = "),
    ],
    ["raised digits", "x⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "x^{0123456789+-}"],
    ["raised letters", "xⁿˣᶻᵗᵃᵇʸᵏⁱʲˢᵐᵘᵛᴰᵀ", "x^{nxztabykijsmuvD\\top }"],
    ["lowered ones", "x₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙₓ", "x_{0123456789+-ijknx}"],
  ])("has all %s", (_what, plain, tex) => {
    expect(toTex(plain)).toBe(tex);
  });

  test.each([
    ["y = 1/(1 + e⁻ˣ)", "y = \\frac{1}{1 + e^{-x}}"],
    ["(Σ w)/n", "\\frac{\\sum w}{n}"],
    ["log|det ∂f/∂x|", "\\log \\left\\lvert \\det \\frac{\\partial f}{\\partial x}\\right\\rvert"],
    ["dy/dx = s²/(p + q)²", "\\frac{dy}{dx} = \\frac{s^{2}}{(p + q)^{2}}"],
    ["g·2/√π·e^{−x²}", "\\frac{g \\cdot 2}{\\sqrt{\\pi }} \\cdot e^{-x^{2}}"],
    ["(r² + R²)/2σ²", "\\frac{r^{2} + R^{2}}{2\\sigma ^{2}}"],
    ["Σ x/n", "\\sum x/n"], // of x, or of the sum?
  ])("has fractions on a line of its own: %s", (plain, tex) => {
    expect(toTex(plain, { display: true })).toBe(tex);
  });

  test.each([
    ["a number with an exponent, which would be a product", "1e−11·scale"],
    ["a subscript with an argument, or a product", "x_p(i) = z"],
    ["letters side by side, which may be one name", "gU·Uᵀ"],
    ["three letters that may be a product", "mnk − 1"],
    ["a function of a word", "log density"],
    ["a function of nothing", "a log"],
    ["words only", "and/or"],
    ["a word beside a relation", "integers ≥ 0"],
    ["a word and a sign", "g and −g"],
    ["a list", "y = 1, 0"],
    ["an article", "W a"],
    ["a sum of nothing", "log p(x) = Σ"],
    ["brackets that do not fit", "[0, 1)"],
    ["a bracket that stays open", "p(x"],
    ["two exponents", "x²³^4"],
    ["an operator without an operand", "x ·"],
    ["a differential without an integral", "2·dx"],
    ["an unknown sign", "a ⊕ b"],
    ["a name of a program", "make_moons(noise)"],
    ["one letter", "x"],
    ["nothing", ""],
  ])("is left as it is: %s", (_why, plain) => {
    expect(toTex(plain)).toBeNull();
    expect(toTex(plain, { display: true })).toBeNull();
  });
});

describe("a doc comment", () => {
  test("begins with its formula, on a line of its own", () => {
    expect(typesetComment("y = 1/x: one over x. Gradient: −g·y².\nThrows ShapeError.")).toBe(
      "$$\ny = \\frac{1}{x}\n$$\n\nOne over x.\n\n**Gradient:** $-g \\cdot y^{2}$.\n\n**Throws** ShapeError.",
    );
  });

  test("keeps a formula within the sentence that goes on", () => {
    expect(typesetComment("z = W x with W = P·L·U: fast.")).toBe("$z = Wx$ with $W = P \\cdot L \\cdot U$: fast.");
  });

  test("has no part of a formula typeset without the rest", () => {
    const text = "Σ (log deviation + log σ) and y = L⁻ᵀ·(tril₋(LᵀgL) + 1)";
    expect(typesetComment(text)).not.toContain("$");
  });

  test("has indented formulas on lines of their own, and other indented blocks as they stand", () => {
    expect(typesetComment("Two:\n\n    x = z/2\n\n    J = [ I   0 ]")).toBe(
      "Two:\n\n$$\nx = \\frac{z}{2}\n$$\n\n```text\nJ = [ I   0 ]\n```",
    );
  });

  test("means itself otherwise: brackets, stars and angles are no Markdown", () => {
    expect(typesetComment("[B, D]: rows * columns of Map<string>, $5, see docs/walk.md.")).toBe(
      "\\[B, D\\]: rows \\* columns of Map&lt;string>, \\$5, see [docs/walk.md](repo:docs/walk.md).",
    );
  });

  test("has a first sentence", () => {
    expect(firstSentence("y = 0.5·x, a half.\nMore.")).toBe("y = 0.5·x, a half");
  });

  test("keeps every letter and number of src, in their order", () => {
    const comments = listFiles("src").flatMap((path) =>
      [...readFileSync(join(root, path), "utf8").matchAll(/\/\*\*(.*?)\*\//gs)].map(([, comment]) => ({
        path,
        before: textOf(comment),
      })),
    );
    const typeset = comments.map((comment) => ({ ...comment, after: typesetComment(comment.before) }));
    expect(typeset.filter(({ before, after }) => lettersOf(fromMarkdown(after)) !== lettersOf(before))).toEqual([]);
    expect(typeset.length).toBeGreaterThan(1000);
    expect(typeset.filter(({ after }) => after.includes("$$\n")).length).toBeGreaterThan(50);
  });
});

/** What stands between the stars, without the tags and what is code. */
function textOf(comment: string): string {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, ""));
  return lines
    .join("\n")
    .split(/^@/m)[0]
    .replace(/`[^`]*`|\{@link[^}]*\}/g, "\uE000")
    .trim();
}

/** The text of what typesetComment gives, its TeX back in plain letters. */
function fromMarkdown(markdown: string): string {
  return markdown
    .replace(/```text|&lt;/g, "")
    .replace(/\]\(repo:[^)]*\)/g, "]")
    .replace(
      /\\(?:tfrac|frac|sqrt|left|right|mathrm|operatorname|mathbb|partial|sum|prod|int|[lr](?:vert|Vert|floor|ceil|angle))/g,
      "",
    )
    .replace(
      /\\(?:cdots?|times|circ|bmod|pm|le|ge|ne|approx|sim|in|to|mapsto|Leftrightarrow|propto|[lg]l|g|mid|parallel|infty|nabla|dots|qquad)\b/g,
      (word) => (word === "\\bmod" ? "mod" : ""),
    )
    .replace(/\\varepsilon/g, "ε")
    .replace(/\\varphi/g, "φ")
    .replace(/\\ell/g, "ℓ")
    .replace(/\\top/g, "t")
    .replace(
      /\\(alpha|beta|gamma|delta|zeta|eta|theta|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega)\b/gi,
      (_, name: string) => {
        const small = "αβγδζηθκλμνξπρστφχψω"[
          "alpha beta gamma delta zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
            .split(" ")
            .indexOf(name.toLowerCase())
        ];
        return /^[A-Z]/.test(name) ? small.toUpperCase() : small;
      },
    );
}

/** Letters and digits, without case (a sentence begins with a capital), raised and lowered ones like others. */
function lettersOf(text: string): string {
  const plain = text.replace(/[ΣΠ](?!\s*=)/g, "").replace(/[½⅓⅔¼¾⅛]/g, (c) => c.normalize("NFKD").replace(/\D/g, ""));
  return plain
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .toLowerCase();
}
