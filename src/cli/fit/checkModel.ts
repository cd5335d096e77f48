import { whyNot } from "../../density/recipes.ts";
import type { Values } from "../commandOptions.ts";
import { wrongCall } from "../wrongCall.ts";

/** Throws CommandError for a kind of model that cannot be of these columns, whatever the table holds. No columns stand for those that can be modelled. */
export function checkModel(model: Values["model"], columns: readonly string[], conditions: readonly string[]): void {
  const why = model === undefined ? null : whyNot(model, columns, conditions);
  if (why !== null) throw wrongCall(`--model ${why}`, "fit");
}
