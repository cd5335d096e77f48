import type { Wording } from "../density/wording.ts";
import { quote } from "../io/tables/cellTexts.ts";

/** What a user of the command is told. */
export function onCommandLine(operation: string): Wording {
  return {
    operation,
    exclude: (name) => `--exclude ${quote(name)}`,
    condition: (name) => `--condition ${quote(name)}`,
    include: () => "--columns",
    typed: (name) => `--types ${quote(`${name}=real`)}`,
    drop: "--missing drop",
    blank: (cell) => `--blanks ${quote(cell)}`,
  };
}
