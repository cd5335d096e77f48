import { someOf } from "../../density/checkFacts.ts";
import { CommandError } from "../commandError.ts";
import type { NameList } from "../optionReaders.ts";

/** Names on the command line, as those of the table. Throws CommandError for one that the table has not, or that comes twice. */
export function namesIn(option: string, list: NameList | undefined, known: readonly string[]): readonly string[] {
  if (list === undefined) return [];
  const names = known.includes(list.asItStands) ? [list.asItStands] : list.names;
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw new CommandError(`--${option}: each column once; got ${repeated} twice`, 2);
  const absent = names.find((name) => !known.includes(name));
  if (absent === undefined) return names;
  throw new CommandError(`--${option}: the table has no column ${JSON.stringify(absent)}; it has ${someOf(known)}`);
}
