import { quote } from "../io/tables/cellTexts.ts";

/** How a caller is told what can be done: in a program by options, on the command line by flags. */
export interface Wording {
  /** What messages begin with. */
  readonly operation: string;
  /** `leave it out with …` */
  exclude(name: string): string;
  /** `state it with …` */
  condition(name: string): string;
  /** `model it all the same with …` */
  include(name: string): string;
  /** `say what it is with …` */
  typed(name: string): string;
  /** `leave such rows out with …` */
  readonly drop: string;
  /** `call it blank with …` */
  blank(cell: string): string;
}

/** What a program is told. */
export function inProgram(operation: string): Wording {
  return {
    operation,
    exclude: (name) => `exclude: [${quote(name)}]`,
    condition: (name) => `conditions: [${quote(name)}]`,
    include: (name) => `columns: [${quote(name)}, …]`,
    typed: (name) => `types: { ${quote(name)}: "real" }`,
    drop: 'missing: "drop"',
    blank: (cell) => `blanks: [${quote(cell)}] of readTable`,
  };
}
