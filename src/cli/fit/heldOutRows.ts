import { type Random, Tensor } from "../../tensor/index.ts";
import { groupEqualRows, type RowGroups, splitRows } from "../../tensor/split.ts";
import { CommandError } from "../commandError.ts";

/** This share of all rows chooses the best weights. */
const VALIDATION_SHARE = 0.1;
/** Of different rows: copies teach nothing. */
const FEWEST_ROWS = 20;

/** Rows to learn from, to choose the best weights by, and to judge the model by. */
export interface HeldOut {
  readonly train: Tensor;
  readonly validation: Tensor;
  readonly test: Tensor;
  /** Which rows of the table the test rows are. */
  readonly testPlaces: readonly number[];
  /** How many different rows there are. */
  readonly different: number;
}

/** Which rows are copies of each other. Throws CommandError if there are too few different ones to learn from. */
export function checkEnough(matrix: Tensor): RowGroups {
  const N = matrix.shape[0];
  const groups = groupEqualRows(matrix);
  const different = groups.sizes.length;
  if (different >= FEWEST_ROWS) return groups;
  const copies = different === N ? "" : ` (${N} rows, copies of one another)`;
  throw new CommandError(
    `fit needs at least ${FEWEST_ROWS} different rows to learn from and to hold out; got ${different}${copies}`,
  );
}

/** Shuffled and cut in three, copies of a row on one side. The matrix itself is rearranged: a large one does not stand in memory twice. */
export function holdOut(
  matrix: Tensor,
  places: Uint32Array,
  groups: RowGroups,
  testShare: number,
  random: Random,
): HeldOut {
  const [N, D] = matrix.shape;
  const counts = [Math.max(1, Math.floor(testShare * N)), Math.max(1, Math.floor(VALIDATION_SHARE * N))];
  const parts = splitRows("fit", groups, counts, random);
  rearrange(matrix, parts.flat());
  let end = 0;
  const [test, validation, train] = parts.map(({ length }) => {
    end += length;
    return new Tensor(matrix.data.subarray((end - length) * D, end * D), [length, D]);
  });
  return { train, validation, test, testPlaces: parts[0].map((k) => places[k]), different: groups.sizes.length };
}

/** Row order[i] of the matrix becomes row i, cycle after cycle. */
function rearrange({ data, shape: [N, D] }: Tensor, order: readonly number[]): void {
  const done = new Uint8Array(N);
  const kept = new Float64Array(D);
  for (let start = 0; start < N; start++) {
    if (done[start]) continue;
    kept.set(data.subarray(start * D, (start + 1) * D));
    let to = start;
    for (let from = order[to]; from !== start; from = order[to]) {
      data.copyWithin(to * D, from * D, (from + 1) * D);
      done[to] = 1;
      to = from;
    }
    data.set(kept, to * D);
    done[to] = 1;
  }
}
