import type { Definition, Json } from "./definition.ts";

// A definition is plain JSON, in which nothing can stand twice. What does stand in two places (a net in two couplings, a layer at both
// ends) is written where it comes first; elsewhere stands { "type": "same", "as": "layers[0].conditioner" }, the way to it.

/** What definitions were written from: the fields as they were given, parts and all. */
const fieldsOf: WeakMap<object, Definition> = /*#__PURE__*/ new WeakMap();
/** The definition of each part that has been asked for it; each part has an object of its own, by which it is known again. */
const definitions: WeakMap<object, Definition> = /*#__PURE__*/ new WeakMap();
/** Whose definition an object is: layers of your own name a part by its very definition, `inner.definition`. */
const owners: WeakMap<Definition, object> = /*#__PURE__*/ new WeakMap();

/** The definition of a part, for a field of the definition of the whole: it stands for that very part, which may come twice. */
export function definitionOf(part: object, given?: Definition): Definition {
  const known = definitions.get(part);
  if (known !== undefined) return known;
  let definition = given ?? (part as { definition: Definition }).definition;
  if (definition === undefined) return definition; // of a layer of your own that cannot be rebuilt
  const fields = { ...fieldsWritten(definition) };
  if (owners.has(definition)) definition = { ...definition }; // another part has the same object, a constant perhaps
  if (!fieldsOf.has(definition)) fieldsOf.set(definition, fields);
  owners.set(definition, part);
  definitions.set(part, definition);
  return definition;
}

/** The fields that a definition was written from, to write another one that differs in some. */
export function fieldsWritten(definition: Definition): Definition {
  return fieldsOf.get(definition) ?? definition;
}

/** The fields as a definition, plain JSON: what comes twice among {@link definitionOf} its parts is written once. */
export function writeDefinition<Written extends Definition>(fields: Written): Written {
  const ways = new Map<object, string>();
  const write = (value: Json, way: string): Json => {
    if (typeof value !== "object" || value === null) return value;
    const fields = fieldsOf.get(value);
    if (fields !== undefined) {
      const first = ways.get(fields);
      if (first !== undefined) return { type: "same", as: first };
      ways.set(fields, way);
    }
    if (Array.isArray(value)) {
      if (value.every((entry) => typeof entry === "number")) return value.slice(); // a mask may have a million entries
      return value.map((entry, i) => write(entry, `${way}[${i}]`));
    }
    const entries = Object.entries(fields ?? value);
    return Object.fromEntries(
      entries.map(([name, entry]) => [name, write(entry, way === "" ? name : `${way}.${name}`)]),
    );
  };
  const definition = write(fields, "") as Written;
  fieldsOf.set(definition, fields);
  return definition;
}
