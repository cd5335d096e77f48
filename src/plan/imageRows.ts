import { SHARD } from "../tensor/kernels/shards.ts";
import { padded } from "./places.ts";

/**
 * Images [images, channels, pixels] as rows of channels, as kernels like them that go from pixel to pixel: group after group of so many images (imageGroups.ts), within a
 * shard of 64; in a group pixel after pixel, and for each pixel the rows of all images of the group.
 */
export interface ImageRows {
  readonly images: number;
  readonly channels: number;
  readonly pixels: number;
  readonly group: number;
}

/** Rows have an even number of columns: behind an odd number of channels there is one that nobody needs. */
export function widthOf({ channels }: { readonly channels: number }): number {
  return channels + (channels % 2);
}

/** The bytes from one row to the next. */
export function rowBytesOf(rows: { readonly channels: number }): number {
  return padded(widthOf(rows));
}

/** How many numbers they take. */
export function sizeOfRows(rows: ImageRows): number {
  return (rows.images * rows.pixels * rowBytesOf(rows)) / 8;
}

/** The groups: of the images from `first` on, so many. */
export function groupsOf(images: number, group: number): { first: number; count: number }[] {
  const groups: { first: number; count: number }[] = [];
  for (let shard = 0; shard < images; shard += SHARD) {
    const end = Math.min(images, shard + SHARD);
    for (let first = shard; first < end; first += group) groups.push({ first, count: Math.min(group, end - first) });
  }
  return groups;
}

/** What an op would like an operand to be: image rows; those that others like, if they are these images; or as it comes. */
export type Wish = ImageRows | Omit<ImageRows, "group"> | null;
