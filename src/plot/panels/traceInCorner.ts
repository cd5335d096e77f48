import type { Tensor } from "../../tensor/tensor.ts";
import { evenRows, viewRange } from "../drawing/columns.ts";
import { shortened } from "../drawing/lettering.ts";
import { INNER, LEFT } from "../drawing/page.ts";
import type { Range } from "../drawing/scales.ts";
import { label } from "../drawing/style.ts";
import type { InCorner } from "./corner.ts";
import { type Subject, traceOf } from "./subject.ts";
import { stepsOf, tracePanels } from "./tracePanels.ts";

/** Points that are followed through the layers. */
const FOLLOWED = 800;
/** From one panel of the trace to the next, numbers of the axis included; and the sides that panels have. */
const TRACE_GAP = 44;
const TRACE_SIDES: Range = [70, 200];

/** The first two columns as x, in the middle and as z, where rows 0 … r − 1 and columns r … leave most room; nothing where that is too little. */
export function traceInCorner(subject: Subject): InCorner {
  const { names, data, samples, flow } = subject;
  return (boxAt, top) => {
    const n = names.length;
    const rooms = Array.from({ length: n - 1 }, (_, k) => {
      const [first, last] = [boxAt(0, k + 1), boxAt(k, n - 1)];
      const x = first.x + TRACE_GAP;
      const width = last.x + last.width - x;
      return { width, size: Math.min((width - 2 * TRACE_GAP) / 3, last.y + last.height - top - 80, TRACE_SIDES[1]) };
    });
    const { size } = rooms.reduce((best, next) => (next.size > best.size ? next : best));
    if (size < TRACE_SIDES[0]) return "";
    const start = evenRows(data.shape[0] > 0 ? data : samples, FOLLOWED);
    const points: readonly Tensor[] = traceOf(subject, start);
    const steps = stepsOf(points, 3).filter(
      ({ points: at }, k) => k !== 1 || (at !== points[0] && at !== points.at(-1)),
    );
    const x = LEFT + INNER - steps.length * size - (steps.length - 1) * TRACE_GAP;
    const normal = flow.base.definition?.type === "standardNormal";
    const what = `${names.slice(0, 2).join(" and ")}, layer by layer`;
    return (
      label(shortened(what, 13, 3 * size), x, top + 30, { weight: 600 }) +
      tracePanels(steps, { x, y: top + 60, size, gap: TRACE_GAP, rangeOf: viewRange, normal })
    );
  };
}
