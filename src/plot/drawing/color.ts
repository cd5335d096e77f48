import { pow } from "../../tensor/kernels/power.ts";
import { cos, sin } from "../../tensor/kernels/sinCos.ts";

/** Red, green and blue, 0 … 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A colour of the OKLCh space: lightness 0 … 1, chroma, hue in radians. Equal steps look equally large. */
interface Lch {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/**
 * OKLCh to sRGB, clipped to what a screen can show.
 *
 * Reference: Ottosson (2020), A perceptual color space for image processing, https://bottosson.github.io/posts/oklab/.
 */
export function lchToRgb({ lightness, chroma, hue }: Lch): Rgb {
  const a = chroma * cos(hue);
  const b = chroma * sin(hue);
  const l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
  const m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
  const s = cube(lightness - 0.0894841775 * a - 1.291485548 * b);
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function cube(value: number): number {
  return value * value * value;
}

/** Linear light to the 8 bits of sRGB. */
function gamma(linear: number): number {
  const light = Math.min(1, Math.max(0, linear));
  const encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
  return Math.round(255 * encoded);
}

/** `#rrggbb` */
export function toHex(color: Rgb): string {
  return `#${color.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** Density from 0 to 1 as ink on paper: lightness falls evenly, the hue turns from sand over sea green to deep blue. */
export function densityColor(share: number): Rgb {
  const t = Math.min(1, Math.max(0, share));
  return lchToRgb({
    lightness: 0.985 - 0.68 * t,
    chroma: 0.008 + 0.125 * Math.sqrt(t) * (1 - 0.25 * t),
    hue: 1.7 + 3.0 * Math.sqrt(t),
  });
}

/** Where a point started, as a colour: hue and lightness from left (0) to right (1), lightness again from low to high. */
export function positionColor(x: number, y: number): Rgb {
  return lchToRgb({ lightness: 0.42 + 0.26 * x + 0.12 * (y - 0.5), chroma: 0.155, hue: 4.9 + 2.4 * x });
}

/** A number from −1 to 1 as a colour: blue below 0, orange above, exactly white at 0, and on both sides as dark at the same size. */
export function divergingColor(share: number): Rgb {
  const t = Math.min(1, Math.abs(share));
  return lchToRgb({ lightness: 1 - 0.42 * t, chroma: 0.145 * t, hue: share < 0 ? 4.46 : 0.75 });
}
