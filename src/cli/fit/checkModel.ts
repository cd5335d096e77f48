import { limitsOf } from "../../density/recipes.ts";
import type { Values } from "../commandOptions.ts";
import { wrongCall } from "../wrongCall.ts";

/** Throws CommandError for a kind of model that cannot be of these columns, whatever the table holds. No columns stand for those that can be modelled. */
export function checkModel(model: Values["model"], columns: readonly string[], conditions: readonly string[]): void {
  if (model === undefined || model === "auto") return;
  const { leastColumns, conditional } = limitsOf(model);
  if (conditions.length > 0 && !conditional) {
    const able = "nice, realnvp, maf, nsf or nsf-coupling";
    throw wrongCall(`--model ${model} cannot be conditioned on ${conditions.join(", ")}; choose ${able}`, "fit");
  }
  if (columns.length === 0 || columns.length >= leastColumns) return;
  throw wrongCall(
    `--model ${model} needs at least ${leastColumns} columns; got ${columns.join(", ")} (maf and nsf take one)`,
    "fit",
  );
}
