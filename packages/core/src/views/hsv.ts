/** A shift of hue, saturation and value. */
export interface HsvShift {
  /** Degrees. */
  readonly hue: number;
  readonly saturation: number;
  readonly value: number;
  /** Degrees added to a hue that became negative. */
  readonly wrap: number;
}

const clamped = (value: number): number => Math.max(0, Math.min(1, value));

/**
 * Shifts colours in place. Values outside 0 … 1 are taken for the nearest one inside, and keep their distance from it.
 *
 * @param red, green, blue planes of equal length, black 0, white 1
 * @param shift what is added
 */
export function shiftHsv(red: Float32Array, green: Float32Array, blue: Float32Array, shift: HsvShift): void {
  const turn = shift.hue / 60;
  const wrap = shift.wrap / 60;
  for (let i = 0; i < red.length; i++) {
    const r = clamped(red[i]);
    const g = clamped(green[i]);
    const b = clamped(blue[i]);
    const max = Math.max(r, g, b);
    const min = Math.min(r, g, b);
    const chroma = max - min;
    // hue in sixths of the circle, 0 … 6
    let hue = 0;
    if (chroma > 0) {
      if (max === r) hue = (g - b) / chroma + (g < b ? 6 : 0);
      else if (max === g) hue = (b - r) / chroma + 2;
      else hue = (r - g) / chroma + 4;
    }
    hue += turn;
    if (hue < 0) hue += wrap;
    else if (hue >= 6) hue -= 6;
    const value = clamped(max + shift.value);
    const strength = value * clamped((max > 0 ? chroma / max : 0) + shift.saturation);
    // each channel is a trapezoid over the circle of hues: full for two sixths, rising and falling for one each
    const fromRed = hue < 3 ? hue : 6 - hue;
    const fromGreen = hue < 2 ? 2 - hue : hue < 5 ? hue - 2 : 8 - hue;
    const fromBlue = hue < 1 ? 2 + hue : hue < 4 ? 4 - hue : hue - 4;
    red[i] += value - strength * clamped(fromRed - 1) - r;
    green[i] += value - strength * clamped(fromGreen - 1) - g;
    blue[i] += value - strength * clamped(fromBlue - 1) - b;
  }
}
