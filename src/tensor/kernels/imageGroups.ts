// Products of matrices are faster when they are large, and the matrices of a small image are small. So a convolution takes a group of G
// images at a time, side by side: as one image [C, H, W, G] with G numbers at each pixel, one of each image. Wherever the window is, it
// covers the same pixels of all of them, and what it covers lies in runs of neighbours.

/** About so many positions of the window, in all images of a group, go into one product. */
const POSITIONS = 512;
/** At most so many numbers are copied for it (8 MB), unless a single image needs more. */
const NUMBERS = 1 << 20;

/** How many images are taken at a time if the window covers K numbers at each of P positions: from 1, of large images, to 512. */
export function imagesPerGroup(K: number, P: number): number {
  return Math.max(1, Math.floor(Math.min(POSITIONS, NUMBERS / K) / P));
}

/** Calls visit with the first image of each group and how many it has, for the images start … end − 1 in groups of `most`. */
export function forEachGroup(
  start: number,
  end: number,
  most: number,
  visit: (first: number, G: number) => void,
): void {
  for (let first = start; first < end; first += most) visit(first, Math.min(most, end - first));
}

/** Images one after the other [N, size], with room for a group of them side by side. */
export interface Images {
  readonly data: Float64Array;
  readonly size: number;
  readonly room: Float64Array;
}

/** Numbers that begin at `start` of an array. */
export interface Part {
  readonly data: Float64Array;
  readonly start: number;
}

/** Where the images of a group are, or are to be written, side by side: in the room, but a single one in its own place. */
export function placeOf({ data, size, room }: Images, first: number, G: number): Part {
  return G === 1 ? { data, start: first * size } : { data: room, start: 0 };
}

/** The images of a group side by side: from [G, size] to [size, G]. */
export function sideBySide(images: Images, first: number, G: number): Part {
  if (G > 1) transpose(images.data, first * images.size, images.size, 1, images.room, 0, 1, G, G, images.size);
  return placeOf(images, first, G);
}

/** The way back, of what was written to {@link placeOf}: from [size, G] to [G, size]. */
export function apart(images: Images, first: number, G: number): void {
  if (G > 1) transpose(images.room, 0, 1, G, images.data, first * images.size, images.size, 1, G, images.size);
}

/**
 * to[ito + m·nextTo + i·stepTo] = from[ifrom + m·nextFrom + i·stepFrom] for m < G, i < size. Eight m at a time: where the neighbours are
 * one number apart, they share a cache line.
 */
function transpose(
  from: Float64Array,
  ifrom: number,
  nextFrom: number,
  stepFrom: number,
  to: Float64Array,
  ito: number,
  nextTo: number,
  stepTo: number,
  G: number,
  size: number,
): void {
  let m = 0;
  for (; m + 8 <= G; m += 8) {
    let a = ifrom + m * nextFrom;
    let b = ito + m * nextTo;
    for (let i = 0; i < size; i++, a += stepFrom, b += stepTo) {
      to[b] = from[a];
      to[b + nextTo] = from[a + nextFrom];
      to[b + 2 * nextTo] = from[a + 2 * nextFrom];
      to[b + 3 * nextTo] = from[a + 3 * nextFrom];
      to[b + 4 * nextTo] = from[a + 4 * nextFrom];
      to[b + 5 * nextTo] = from[a + 5 * nextFrom];
      to[b + 6 * nextTo] = from[a + 6 * nextFrom];
      to[b + 7 * nextTo] = from[a + 7 * nextFrom];
    }
  }
  for (; m < G; m++) {
    let a = ifrom + m * nextFrom;
    let b = ito + m * nextTo;
    for (let i = 0; i < size; i++, a += stepFrom, b += stepTo) to[b] = from[a];
  }
}
