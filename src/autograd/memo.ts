/**
 * f, evaluated at the first call and remembered: for an intermediate result that several thunks of a vjp share, and that
 * costs nothing if none of them is called.
 */
export function memo<Value>(f: () => Value): () => Value {
  let known: { readonly value: Value } | undefined; // an object, for the value itself may be null or undefined
  return () => {
    known ??= { value: f() };
    return known.value;
  };
}
