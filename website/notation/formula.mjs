// From the plain notation of doc comments, "log p(x) = log p_Z(f(x)) + log|det ∂f/∂x|", to TeX. A formula is read by a grammar, token by token;
// what the grammar does not know is no formula, and null comes back: a formula in plain letters is better than a wrong one.
//
//   formula   = sum { relation sum }                 relation: = < ≤ ∼ → …
//   sum       = [ sign ] product { + product }
//   product   = factors { · factors }                also × ∘ / mod
//   factors   = factor { factor }                    side by side: 2πx, log p(x), L U
//   factor    = atom { script | index | argument }   x_{p(i)}  f⁻¹  w[i, j]  p(x)

/** @typedef {{ kind: string, text: string, spaced: boolean, start: number, end: number }} Token spaced: white space stands before it */
/** @typedef {{ tex: string, kind: string, simple: boolean }} Piece simple: it may stand above or below the line of a fraction */

const GREEK = new Map(
  Object.entries({
    ...{ α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "varepsilon", ζ: "zeta", η: "eta", θ: "theta", κ: "kappa" },
    ...{
      λ: "lambda",
      μ: "mu",
      ν: "nu",
      ξ: "xi",
      π: "pi",
      ρ: "rho",
      σ: "sigma",
      τ: "tau",
      φ: "varphi",
      χ: "chi",
      ψ: "psi",
    },
    ...{
      ω: "omega",
      Γ: "Gamma",
      Δ: "Delta",
      Θ: "Theta",
      Λ: "Lambda",
      Φ: "Phi",
      Ψ: "Psi",
      Ω: "Omega",
      Σ: "Sigma",
      Π: "Pi",
    },
    ...{ ℓ: "ell", ℝ: "mathbb{R}", ℤ: "mathbb{Z}", "∞": "infty", "∇": "nabla" },
  }),
);

const RELATIONS = new Map(
  Object.entries({
    ...{
      "=": "=",
      "<": "<",
      ">": ">",
      "≤": "\\le",
      "≥": "\\ge",
      "≠": "\\ne",
      "≈": "\\approx",
      "∼": "\\sim",
      "∈": "\\in",
    },
    ...{ "→": "\\to", "↦": "\\mapsto", "⇔": "\\Leftrightarrow", "∝": "\\propto", "≪": "\\ll", "≫": "\\gg" },
  }),
);

const SIGNS = new Map(Object.entries({ "+": "+", "−": "-", "±": "\\pm " }));
const TIMES = new Map(Object.entries({ "·": "\\cdot", "×": "\\times", "∘": "\\circ", "⋯": "\\cdots" }));
const FRACTIONS = new Map(
  Object.entries({ "½": [1, 2], "⅓": [1, 3], "⅔": [2, 3], "¼": [1, 4], "¾": [3, 4], "⅛": [1, 8] }),
);
const BIG = new Map(Object.entries({ Σ: "\\sum", Π: "\\prod", "∫": "\\int" }));

/** Functions that take what follows as their argument, without parentheses if need be. */
const FUNCTIONS = new Map(
  Object.entries({
    ...{ log: "\\log", ln: "\\ln", exp: "\\exp", det: "\\det", sin: "\\sin", cos: "\\cos", tanh: "\\tanh" },
    ...{
      KL: "\\operatorname{KL}",
      max: "\\max",
      min: "\\min",
      tr: "\\operatorname{tr}",
      erf: "\\operatorname{erf}",
      diag: "\\operatorname{diag}",
    },
  }),
);

const BRACKETS = new Map(
  Object.entries({
    ...{ "(": [")", "(", ")"], "⌊": ["⌋", "\\lfloor ", "\\rfloor "], "⌈": ["⌉", "\\lceil ", "\\rceil "] },
    ...{ "⟨": ["⟩", "\\langle ", "\\rangle "], "{": ["}", "", ""], "[": ["]", "[", "]"] },
    ...{ "|": ["|", "\\lvert ", "\\rvert "], "‖": ["‖", "\\lVert ", "\\rVert "] },
  }),
);

const RAISED = new Map(
  [..."⁰0¹1²2³3⁴4⁵5⁶6⁷7⁸8⁹9⁺+⁻-ⁿnˣxᶻzᵗtᵃaᵇbʸyᵏkⁱiʲjˢsᵐmᵘuᵛvᴰD".matchAll(/(.)(.)/gu)].map(([, a, b]) => [a, b]),
);
RAISED.set("ᵀ", "\\top ");
const LOWERED = new Map([..."₀0₁1₂2₃3₄4₅5₆6₇7₈8₉9₊+₋-ᵢiⱼjₖkₙnₓx".matchAll(/(.)(.)/gu)].map(([, a, b]) => [a, b]));

/** What each sign is. @type {readonly (readonly [string, { has(symbol: string): boolean }])[]} */
const SYMBOLS = [
  ["raised", RAISED],
  ["lowered", LOWERED],
  ["big", BIG],
  ["letter", GREEK],
  ["relation", RELATIONS],
  ["sign", SIGNS],
  ["times", TIMES],
  ["fraction", FRACTIONS],
  ["partial", new Set("∂")],
  ["root", new Set("√")],
  ["prime", new Set("′")],
  ["factorial", new Set("!")],
  ["dots", new Set("…")],
  ["slash", new Set("/")],
  ["under", new Set("_")],
  ["hat", new Set("^")],
  ["comma", new Set(",;")],
  ["bar", new Set("|‖")],
  ["open", new Set("([{⌊⌈⟨")],
  ["close", new Set(")]}⌋⌉⟩")],
];

/** No formula of ours: the reader stops. */
class NotAFormula extends Error {}

/** @returns {never} */
function refuse() {
  throw new NotAFormula();
}

/**
 * The formula in TeX, or null where any part of it is not known. On a line of its own it has fractions with a line, 1/(1 + x) else.
 *
 * @param {string} text @param {{ display?: boolean }} [options]
 */
export function toTex(text, { display = false } = {}) {
  try {
    const tokens = tokensOf(text);
    return isTelling(tokens) ? new Reader(tokens, display).all().replace(/ {2,}/g, " ").trim() : null;
  } catch (error) {
    if (error instanceof NotAFormula) return null;
    throw error;
  }
}

/** More than a name or a number: there is a relation, an operation, a function or a script, and not among words only. @param {Token[]} tokens */
function isTelling(tokens) {
  const kinds = new Set(tokens.map(({ kind }) => kind));
  const hasAny = (/** @type {string[]} */ ...wanted) => wanted.some((kind) => kinds.has(kind));
  if (!hasAny("letter", "number", "function", "big", "fraction")) return false;
  if (hasAny("relation", "sign", "times", "slash", "raised", "lowered", "under", "hat", "big", "partial")) return true;
  return tokens.length > 1 && (hasAny("function") || /^[a-zA-Z]\(/.test(tokens.map(({ text }) => text).join("")));
}

/** How much of a text, from its start, a formula might be: up to a word of prose, or a character that is in no formula. @param {string} text */
export function reachOf(text) {
  /** @type {Token | undefined} */
  let last;
  for (const token of tokens(text)) {
    const isWord = token.kind === "name" || token.kind === "letters";
    const goesOn =
      last !== undefined && !["letter", "number", "name", "close", "raised", "lowered", "bar"].includes(last.kind);
    if (isWord && token.spaced && !goesOn) return last?.end ?? 0;
    last = token;
  }
  return last?.end ?? 0;
}

/** @param {string} text @returns {Token[]} */
function tokensOf(text) {
  const all = [...tokens(text)];
  if ((all.at(-1)?.end ?? 0) < text.trimEnd().length) refuse();
  return all;
}

/** Token by token, up to one that is not known. @param {string} text @returns {Generator<Token>} */
function* tokens(text) {
  let at = 0;
  while (at < text.length) {
    const space = /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
    at += space;
    const found = at < text.length ? tokenAt(text.slice(at)) : null;
    if (found === null) return;
    yield {
      kind: found.kind,
      text: text.slice(at, at + found.length),
      spaced: space > 0,
      start: at,
      end: at + found.length,
    };
    at += found.length;
  }
}

/** @param {string} text */
function tokenAt(text) {
  const number = /^\d+(?:,\d{3}(?!\d))*(?:\.\d+)?/.exec(text);
  if (number) {
    if (/^e[−\d]/.test(text.slice(number[0].length))) return null; // 1e−11 is one number
    return { kind: "number", length: number[0].length };
  }
  const word = /^[A-Za-z][A-Za-z0-9]*/.exec(text);
  if (word) return { kind: kindOfWord(word[0]), length: word[0].length };
  const symbol = String.fromCodePoint(/** @type {number} */ (text.codePointAt(0)));
  const found = SYMBOLS.find(([, known]) => known.has(symbol));
  if (found === undefined) return null;
  const [kind, known] = found;
  if (kind !== "raised" && kind !== "lowered") return { kind, length: symbol.length };
  const end = [...text].findIndex((next) => !known.has(next));
  return { kind, length: end < 0 ? text.length : end };
}

/** @param {string} word */
function kindOfWord(word) {
  if (word.length === 1) return "letter";
  if (FUNCTIONS.has(word)) return "function";
  if (word === "mod") return "mod";
  if (/^d[a-z]$/.test(word)) return "differential";
  return /^[A-Za-z]{3,}$/.test(word) && /[aeiouy]/i.test(word) ? "name" : "letters"; // mnk may be a product, ij a subscript
}

class Reader {
  #tokens;
  #display;
  #at = 0;
  /** Inside of |…|, where the next bar closes. @type {string[]} */
  #open = [];
  /** Whether an integral waits for its dx. */
  #integrals = 0;

  /** @param {Token[]} tokens @param {boolean} display */
  constructor(tokens, display) {
    this.#tokens = tokens;
    this.#display = display;
  }

  /** Everything: one formula, or some with a relation each, divided by commas. */
  all() {
    const formulas = [];
    do {
      const before = this.#at;
      const tex = this.#formula();
      formulas.push({ tex, relates: this.#tokens.slice(before, this.#at).some(({ kind }) => kind === "relation") });
    } while (this.#next("comma"));
    if (this.#at < this.#tokens.length) refuse();
    if (formulas.length > 1 && !formulas.every(({ relates }) => relates)) refuse();
    return formulas.map(({ tex }) => tex).join(this.#display ? ",\\qquad " : ",\\; ");
  }

  /** The token here. */
  get #here() {
    return this.#tokens[this.#at];
  }

  /** What is written here and right behind it. */
  #ahead() {
    return this.#tokens
      .slice(this.#at, this.#at + 2)
      .map(({ text }) => text)
      .join("");
  }

  /** Passes over a token of that kind, if it is here. @param {string} kind @param {string} [text] */
  #next(kind, text) {
    const token = this.#here;
    if (token?.kind !== kind || (text !== undefined && token.text !== text)) return null;
    this.#at++;
    return token;
  }

  /** @returns {string} */
  #formula() {
    const sides = [this.#sum()];
    let tex = sides[0];
    for (let token = this.#next("relation"); token; token = this.#next("relation")) {
      sides.push(this.#sum());
      tex += ` ${RELATIONS.get(token.text)} ${sides.at(-1)}`;
    }
    // "integers ≥ 0" is prose
    if (this.#open.length === 0 && sides.length > 1 && sides.some((side) => /^\\mathrm\{[a-zA-Z]+\}$/.test(side)))
      refuse();
    return tex;
  }

  #sum() {
    let tex = "";
    const first = this.#next("sign");
    if (first) tex += SIGNS.get(first.text);
    tex += this.#product();
    for (let token = this.#next("sign"); token; token = this.#next("sign")) {
      if (token.spaced !== this.#here?.spaced) refuse(); // "g and −g" is no difference
      tex += ` ${SIGNS.get(token.text)} ${this.#product()}`;
    }
    return tex;
  }

  #product() {
    let pieces = this.#factors();
    for (;;) {
      const times = this.#next("times");
      if (times || this.#next("mod")) {
        let tex = times ? ` ${TIMES.get(times.text)} ` : " \\bmod ";
        if (this.#here?.kind === "sign") tex += SIGNS.get(/** @type {Token} */ (this.#next("sign")).text);
        pieces = [...pieces, { tex, kind: "times", simple: times !== null }, ...this.#factors()];
      } else if (this.#next("slash")) {
        pieces = this.#quotient(pieces, this.#factors());
      } else return joined(pieces);
    }
  }

  /** @param {Piece[]} above @param {Piece[]} below @returns {Piece[]} */
  #quotient(above, below) {
    const isWord = (/** @type {Piece[]} */ [piece, more]) => more === undefined && piece.kind === "name";
    if (isWord(above) && below[0].kind !== "group") refuse(); // and/or
    const slash = { tex: `${joined(above)}/${joined(below)}`, kind: "quotient", simple: false };
    if (!this.#display || !below.every(({ simple }) => simple)) return [slash];
    const derivative = /** @type {Piece} */ (above.at(-1)).kind === "partial" && below[0].kind === "partial";
    const taken = derivative ? above.slice(-1) : above;
    if (!taken.every(({ simple }) => simple)) return [slash];
    const fraction = { tex: `\\frac{${unwrapped(taken)}}{${unwrapped(below)}}`, kind: "fraction", simple: false };
    return derivative ? [...above.slice(0, -1), fraction] : [fraction];
  }

  /** What stands side by side. */
  #factors() {
    const pieces = [this.#factor()];
    for (let token = this.#here; token && this.#mayFollow(pieces, token); token = this.#here)
      pieces.push(this.#factor());
    return pieces;
  }

  /** Whether the token here goes on with a product. @param {Piece[]} pieces @param {Token} token */
  #mayFollow(pieces, token) {
    const { kind, spaced } = token;
    const last = /** @type {Piece} */ (pieces.at(-1));
    if (kind === "bar") {
      if (this.#open.at(-1) === token.text || this.#isMid(token)) return false;
      return last.kind === "function" || last.kind === "big" || (!spaced && last.kind !== "name") || refuse();
    }
    const starts = [
      "number",
      "letter",
      "name",
      "function",
      "big",
      "root",
      "fraction",
      "dots",
      "partial",
      "differential",
    ];
    if (!starts.includes(kind) && !(kind === "open" && token.text !== "[")) return false;
    const called = this.#tokens[this.#at + 1]?.text === "(" && !this.#tokens[this.#at + 1].spaced;
    if (last.kind === "function" || last.kind === "big") return kind !== "name" || called || refuse(); // "log density" is prose
    if (last.kind === "name") return (!spaced && token.text === "(") || refuse();
    if (kind === "name" || kind === "number") return last.kind === "dots" || refuse();
    if (!spaced) return true;
    if (["function", "big", "root", "dots"].includes(kind) || last.kind === "dots") return true;
    if (kind === "differential") return true;
    // W x, P L U; but "a" and "I" may be words
    if (last.kind === "matrix" && kind === "letter" && !/[aAI]/.test(token.text)) return true;
    return refuse();
  }

  /** A bar between two arguments, p(x | y), has space on both sides. @param {Token} token */
  #isMid(token) {
    const after = this.#tokens[this.#at + 1];
    return token.spaced && after?.spaced === true && this.#open.at(-1) === ")";
  }

  /** @returns {Piece} */
  #factor() {
    const token = this.#here ?? refuse();
    this.#at++;
    const { kind, text } = token;
    if (kind === "number") return this.#scripted(text.replaceAll(",", "{,}"), "number");
    if (kind === "fraction") {
      const [above, below] = /** @type {number[]} */ (FRACTIONS.get(text));
      return { tex: `\\tfrac{${above}}{${below}}`, kind: "number", simple: false };
    }
    if (kind === "letter") return this.#letter(text);
    if (kind === "name") return this.#scripted(`\\mathrm{${text}}`, "name");
    if (kind === "function") return this.#function(text);
    if (kind === "big") return this.#big(text);
    if (kind === "dots") return { tex: "\\dots", kind: "dots", simple: false };
    if (kind === "differential") return this.#differential(text);
    if (kind === "partial") return this.#partial();
    if (kind === "root") return this.#root();
    if (kind === "bar" || (kind === "open" && text !== "[" && text !== "{")) return this.#bracketed(text);
    return refuse();
  }

  /** @param {string} text */
  #letter(text) {
    const greek = GREEK.get(text);
    const isMatrix = /^[A-Z]$/.test(text);
    const piece = this.#scripted(greek === undefined ? text : `\\${greek} `, isMatrix ? "matrix" : "letter");
    // x_p(i): a subscript p(i), or a product? Nobody can tell.
    if (/^[xyz]_/.test(piece.tex) && this.#here?.text === "(" && !this.#here.spaced) refuse();
    return piece;
  }

  /** @param {string} text */
  #function(text) {
    const tex = /** @type {string} */ (FUNCTIONS.get(text));
    const piece = this.#scripted(tex, "function");
    const next = this.#here;
    const argument =
      next !== undefined && !["relation", "sign", "times", "slash", "comma", "close"].includes(next.kind);
    const before = this.#tokens[this.#at - 2]?.kind;
    if (
      !argument &&
      !(before === undefined || ["relation", "sign", "times", "slash", "comma", "open"].includes(before))
    )
      refuse();
    return argument ? { ...piece, tex: `${piece.tex} `, simple: false } : { ...piece, kind: "name" }; // clamp's max is a number
  }

  /** @param {string} text */
  #big(text) {
    const next = this.#here;
    if (next === undefined) refuse(); // what is summed is missing
    if (["relation", "times", "close", "comma"].includes(/** @type {Token} */ (next).kind)) return this.#letter(text); // Σ = L·Lᵀ
    if (text === "∫") this.#integrals++;
    const piece = this.#scripted(/** @type {string} */ (BIG.get(text)), "big");
    if (this.#here === undefined || ["relation", "times", "close", "comma"].includes(this.#here.kind)) refuse(); // a sum of nothing
    if (this.#here?.kind === "sign" && this.#here.text === "−") {
      this.#at++;
      return { tex: `${piece.tex} -`, kind: "big", simple: false };
    }
    return { ...piece, tex: `${piece.tex} `, simple: false };
  }

  /** dx at the end of an integral, or dy/dx. @param {string} text @returns {Piece} */
  #differential(text) {
    const below = this.#tokens[this.#at - 2]?.kind === "slash";
    const piece = this.#scripted(`d${text[1]}`, "partial");
    if (below || this.#here?.kind === "slash") return piece;
    if (this.#integrals-- <= 0) refuse();
    return { ...piece, tex: `\\,${piece.tex}`, kind: "letter" };
  }

  /** @returns {Piece} */
  #partial() {
    const operator = this.#scripted("\\partial", "partial").tex;
    if (this.#here === undefined || this.#here.spaced) refuse();
    return { tex: `${operator} ${this.#factor().tex}`, kind: "partial", simple: true };
  }

  /** @returns {Piece} */
  #root() {
    const ofSum = this.#here?.kind === "big"; // √Σ x²: of all that is summed
    const radicand = ofSum ? this.#factors() : [this.#factor()];
    return { tex: `\\sqrt{${unwrapped(radicand)}}`, kind: "letter", simple: true };
  }

  /** @param {string} text @returns {Piece} */
  #bracketed(text) {
    const [closing, left, right] = /** @type {string[]} */ (BRACKETS.get(text));
    this.#open.push(closing);
    const inner = this.#arguments();
    this.#open.pop();
    const token = this.#here;
    if (token?.text !== closing) refuse();
    this.#at++;
    const tall = this.#display && /\\(frac|sum|prod|int|sqrt)\b/.test(inner) && left !== "";
    const tex = tall ? `\\left${left}${inner}\\right${right}` : `${left}${inner}${right}`;
    return this.#scripted(tex, text === "(" ? "group" : "letter");
  }

  /** What stands in brackets: formulas, divided by commas, semicolons and bars. */
  #arguments() {
    let tex = this.#formula();
    for (let token = this.#here; token; token = this.#here) {
      if (token.kind === "comma") tex += token.text === "," ? ", " : ";\\, ";
      else if (token.kind === "bar" && this.#isMid(token)) tex += token.text === "|" ? " \\mid " : " \\parallel ";
      else break;
      this.#at++;
      tex += this.#formula();
    }
    return tex;
  }

  /** An atom with what is written at it: scripts, primes, an index in brackets, arguments. @param {string} atom @param {string} kind @returns {Piece} */
  #scripted(atom, kind) {
    let tex = atom;
    let [above, below] = [false, false];
    for (let token = this.#here; token && !token.spaced; token = this.#here) {
      if (token.kind === "raised" || token.kind === "hat") {
        if (above) refuse();
        above = true;
        tex += `^{${this.#script(RAISED)}}`;
      } else if (token.kind === "lowered" || token.kind === "under") {
        if (below || above || (kind === "name" && /^_[a-zA-Z]{3}/.test(this.#ahead()))) refuse(); // make_moons
        below = true;
        tex += `_{${this.#script(LOWERED)}}`;
      } else if (token.kind === "prime" && !above) {
        this.#at++;
        tex += "'";
      } else if (token.kind === "factorial" && kind !== "function") {
        this.#at++;
        tex += "!";
      } else if (token.text === "[" && ["letter", "matrix", "name"].includes(kind)) {
        this.#at++;
        this.#open.push("]");
        tex += `[${this.#arguments()}]`;
        this.#open.pop();
        if (!this.#next("close", "]")) refuse();
        above = true;
      } else if (token.text === "(" && (kind === "name" || kind === "matrix" || kind === "letter")) {
        break; // the argument is the next factor
      } else break;
    }
    return { tex, kind, simple: kind !== "name" || !/\s/.test(tex) };
  }

  /** @param {Map<string, string>} known @returns {string} */
  #script(known) {
    const token = /** @type {Token} */ (this.#here);
    this.#at++;
    if (token.kind !== "under" && token.kind !== "hat") return [...token.text].map((c) => known.get(c)).join("");
    const next = this.#here;
    if (next === undefined || next.spaced) refuse();
    const { kind, text } = /** @type {Token} */ (next);
    if (text === "{" || (text === "(" && token.kind === "hat")) return this.#braced(text);
    this.#at++;
    if (token.kind === "under" && (text === "<" || text === "−")) {
      const index = this.#next("letter") ?? refuse();
      return `${text === "<" ? "<" : "-"}${letterTex(index.text)}`;
    }
    if (kind === "letter") return letterTex(text);
    if (kind === "number") return text;
    if (kind === "name") return `\\mathrm{${text}}`;
    if (kind === "letters" && token.kind === "under" && /^[a-z][a-z]$/.test(text)) return text; // A_ij
    return refuse();
  }

  /** @param {string} opening */
  #braced(opening) {
    const closing = opening === "{" ? "}" : ")";
    this.#at++;
    this.#open.push(closing);
    const inner = this.#arguments();
    this.#open.pop();
    if (!this.#next("close", closing)) refuse();
    return inner;
  }
}

/** @param {string} text */
function letterTex(text) {
  const greek = GREEK.get(text);
  return greek === undefined ? text : `\\${greek} `;
}

/** @param {Piece[]} pieces */
function joined(pieces) {
  return pieces
    .map(({ tex }, i) => (pieces[i - 1]?.kind === "dots" || (i > 0 && pieces[i].kind === "dots") ? ` ${tex}` : tex))
    .join("");
}

/** A fraction's line and a root hold together what stands in parentheses else. @param {Piece[]} pieces */
function unwrapped(pieces) {
  const tex = joined(pieces);
  const [only] = pieces;
  if (pieces.length > 1 || only.kind !== "group") return tex;
  return tex.replace(/^(?:\\left)?\((.*?)(?:\\right)?\)$/s, "$1");
}
