/** The options that are there: `undefined` must not hide a default. */
export function defined<Options extends object>(options: Options): { [K in keyof Options]?: NonNullable<Options[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
