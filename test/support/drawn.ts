// What stands in an SVG: elements with their attributes, and the places that paths go through.

export type Point = readonly [x: number, y: number];

/** An element: its attributes, and the text in it. */
export interface Drawn {
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** All elements of one name, in order; of those given attributes, if there are any. */
export function drawnIn(svg: string, name: string, look: Readonly<Record<string, string>> = {}): Drawn[] {
  return [...svg.matchAll(new RegExp(`<${name}((?: [\\w-]+="[^"]*")*)(?:/>|>([^<]*))`, "g"))]
    .map(([, attributes, text = ""]) => ({
      attributes: Object.fromEntries(
        [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
      ),
      text,
    }))
    .filter(({ attributes }) => Object.entries(look).every(([key, value]) => attributes[key] === value));
}

/** The lines of a path that goes by M, L, H, V and Z: the places of each. */
export function linesOf({ attributes: { d } }: Drawn): Point[][] {
  const lines: Point[][] = [];
  let [x, y] = [0, 0];
  for (const [, command, numbers] of d.matchAll(/([MLHVZ])([^MLHVZ]*)/g)) {
    const [first, second] = numbers.split(" ").map(Number);
    if (command === "Z") continue;
    if (command === "M") lines.push([]);
    [x, y] = command === "H" ? [first, y] : command === "V" ? [x, first] : [first, second];
    lines[lines.length - 1].push([x, y]);
  }
  return lines;
}

/** All texts. */
export function textsIn(svg: string): string[] {
  return drawnIn(svg, "text").map(({ text }) => text);
}

/** The area of a polygon, by the shoelace formula: positive where it goes clockwise, as seen, since y grows downwards. */
export function shoelace(corners: readonly Point[]): number {
  return corners.reduce((sum, [x, y], k) => {
    const [nextX, nextY] = corners[(k + 1) % corners.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}
