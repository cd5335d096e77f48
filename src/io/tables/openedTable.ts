import { DomainError } from "../../tensor/errors.ts";
import { quote } from "./cellTexts.ts";
import { listed } from "./names.ts";
import type { TableBlock } from "./tableBlock.ts";
import type { CheckedOptions } from "./tableOptions.ts";

/** A table of which the head is known. */
export interface OpenedTable {
  readonly names: readonly string[];
  /** Which cell of a row each name stands for. */
  readonly positions: readonly number[];
  readonly rowNames: { readonly name: string; readonly position: number } | null;
  /** What was recognised. More may be added while the blocks are read. */
  readonly notes: string[];
  readonly separator: string | null;
  readonly decimal: "." | ",";
  readonly blocks: AsyncIterable<TableBlock>;
}

/** Only the columns that the options ask for, in that order. Throws DomainError for one that the file has not. */
export function chosenColumns(table: OpenedTable, { operation, columns }: CheckedOptions): OpenedTable {
  if (columns === undefined) return table;
  const places = new Map(table.names.map((name, j) => [name, table.positions[j]]));
  const positions = columns.map((name) => {
    const place = places.get(name);
    if (place !== undefined) return place;
    const known = listed(table.names);
    throw new DomainError(`${operation}: the table must have the columns; got ${quote(name)}, it has ${known}`);
  });
  return { ...table, names: [...columns], positions };
}

/** Under this name pandas writes an index without a name into Parquet and Arrow files. */
export const PANDAS_INDEX = "__index_level_0__";

/** A table of columns with their names, as Parquet and Arrow files have them. The index of pandas is set aside as row names. */
export function columnTable(names: readonly string[], blocks: AsyncIterable<TableBlock>, note: string): OpenedTable {
  const table = valueTable(names, blocks, [note]);
  const position = names.indexOf(PANDAS_INDEX);
  if (position < 0) return table;
  table.notes.push("the index of pandas is set aside as row names");
  const positions = table.positions.filter((place) => place !== position);
  return {
    ...table,
    names: positions.map((place) => names[place]),
    positions,
    rowNames: { name: PANDAS_INDEX, position },
  };
}

/** A table whose rows came as values: their positions are those of the names. */
export function valueTable(
  names: readonly string[],
  blocks: AsyncIterable<TableBlock>,
  notes: string[],
  rowNames: OpenedTable["rowNames"] = null,
): OpenedTable {
  const positions = names.map((_, j) => j);
  return { names, positions, rowNames, notes, separator: null, decimal: ".", blocks };
}
