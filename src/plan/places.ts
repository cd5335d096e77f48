/** Addresses are multiples of a cache line; behind each buffer there is room for the number too many that kernels may read or write. */
const LINE = 64;
const SLACK = 8;

/** From when to when a buffer is in use: units by their numbers, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Where everything lies, and how much memory that takes. */
export interface Places {
  /** The address of each, in the order in which they were asked for. */
  readonly addresses: readonly number[];
  readonly end: number;
}

/**
 * Addresses from `start` on for buffers with those lifetimes, such that no two that live at the same time overlap: each is put at the lowest place that is
 * free throughout its life, the largest first among those that begin together.
 */
export function placesOf(start: number, lifetimes: readonly Lifetime[]): Places {
  const addresses = new Array<number>(lifetimes.length).fill(0);
  const final = Math.max(0, ...lifetimes.map(({ last }) => last));
  const roomOf = (bytes: number): number => (bytes + SLACK + LINE - 1) & -LINE;
  // what is always there comes first, one after the other
  let always = start;
  lifetimes.forEach(({ bytes, first, last }, i) => {
    if (first > 0 || last < final) return;
    addresses[i] = always;
    always += roomOf(bytes);
  });
  const order = lifetimes.flatMap(({ first, last }, i) => (first > 0 || last < final ? [i] : []));
  order.sort((i, j) => lifetimes[i].first - lifetimes[j].first || lifetimes[j].bytes - lifetimes[i].bytes || i - j);
  let end = always;
  let living: { address: number; end: number; last: number }[] = []; // by address
  for (const i of order) {
    const { bytes, first, last } = lifetimes[i];
    living = living.filter((each) => each.last >= first);
    const room = roomOf(bytes);
    let address = always;
    let at = 0;
    while (at < living.length && living[at].address < address + room) address = Math.max(address, living[at++].end);
    living.splice(at, 0, { address, end: address + room, last });
    addresses[i] = address;
    end = Math.max(end, address + room);
  }
  return { addresses, end };
}

/**
 * Rows of 256 bytes and multiples are a line longer than they need to be: numbers of one column would share few places of the cache otherwise (products of [256,
 * 64]: 18 → 22 GFLOP/s).
 */
export function padded(columns: number): number {
  return 8 * columns + (columns % 32 === 0 ? LINE : 0);
}
