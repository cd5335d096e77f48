/** One of the exercises of docs/exercises.md. */
export interface Exercise {
  /** As "no-log-det": its program is examples/exercises/no-log-det.js. */
  readonly name: string;
  /** Lines of the program, as they stand there. */
  readonly quoted: readonly string[];
  /** What the program prints. */
  readonly printed: string;
  /** What to change of it, hunk by hunk, and what it prints then. */
  readonly variation: { readonly hunks: readonly string[]; readonly printed: string };
}

/** The exercises whose programs take seconds; test/slow runs them. */
export const LONG: readonly string[] = ["two-divergences", "wrong-order", "same-half"];

/** The exercises of a page: sections with a link to a program, lines quoted of it, what it prints, a change, and what it prints then. */
export function exercisesIn(markdown: string): Exercise[] {
  return markdown
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const blocks = (language: string): string[] =>
        Array.from(section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm))
          .filter(([, ofBlock]) => ofBlock === language)
          .map(([, , code]) => code);
      const [printed, printedThen] = blocks("text");
      return {
        name: section.match(/\]\(\.\.\/examples\/exercises\/([\w-]+)\.js\)/)?.[1] ?? "",
        quoted: blocks("js"),
        printed,
        variation: { hunks: blocks("diff").flatMap((diff) => diff.split("@@\n")), printed: printedThen },
      };
    });
}

/** All numbers in a line or a text, in order. */
export function numbersIn(text: string): number[] {
  return (text.match(/[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+)?/g) ?? []).map((number) =>
    Number(number.replaceAll(",", "").replace("−", "-")),
  );
}
