/** A place in the picture, or a point of the plane. */
export type Place = readonly [x: number, y: number];

/**
 * The line through fewer of its places: none that is left out lies farther than `tolerance` from it. The first and the last stay.
 *
 * Reference: Douglas & Peucker (1973), Algorithms for the reduction of the number of points required to represent a digitized line.
 */
export function simplified(places: readonly Place[], tolerance: number): Place[] {
  const last = places.length - 1;
  if (last < 2) return [...places];
  let [farthest, distance] = [0, 0];
  for (let k = 1; k < last; k++) {
    const away = distanceFrom(places[0], places[last], places[k]);
    if (away > distance) [farthest, distance] = [k, away];
  }
  if (distance <= tolerance) return [places[0], places[last]];
  const before = simplified(places.slice(0, farthest + 1), tolerance);
  return [...before.slice(0, -1), ...simplified(places.slice(farthest), tolerance)];
}

/** How far a place is from the segment between two others. */
function distanceFrom([ax, ay]: Place, [bx, by]: Place, [x, y]: Place): number {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const share = square > 0 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
  const [offX, offY] = [x - ax - share * dx, y - ay - share * dy];
  return Math.sqrt(offX * offX + offY * offY);
}
