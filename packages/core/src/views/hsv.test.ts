import { describe, expect, it } from 'vitest';
import { random } from '../random/random.js';
import { shiftHsv } from './hsv.js';

type Colour = [number, number, number];

/** Smith 1978, sector by sector; hue in degrees. */
function toHsv([r, g, b]: Colour): Colour {
  const value = Math.max(r, g, b);
  const chroma = value - Math.min(r, g, b);
  if (chroma === 0) return [0, 0, value];
  const sixth =
    value === r ? ((((g - b) / chroma) % 6) + 6) % 6 : value === g ? (b - r) / chroma + 2 : (r - g) / chroma + 4;
  return [60 * sixth, chroma / value, value];
}

function toRgb([hue, saturation, value]: Colour): Colour {
  const sector = Math.floor(hue / 60);
  const rest = hue / 60 - sector;
  const low = value * (1 - saturation);
  const falling = value * (1 - saturation * rest);
  const rising = value * (1 - saturation * (1 - rest));
  return (
    [
      [value, rising, low],
      [falling, value, low],
      [low, value, rising],
      [low, falling, value],
      [rising, low, value],
      [value, low, falling],
    ] as Colour[]
  )[sector % 6];
}

const limited = (value: number): number => Math.min(1, Math.max(0, value));

function shifted(
  colour: readonly number[],
  shift: { hue?: number; saturation?: number; value?: number; wrap?: number },
) {
  const planes = colour.map((value) => Float32Array.of(value));
  shiftHsv(planes[0], planes[1], planes[2], { hue: 0, saturation: 0, value: 0, wrap: 360, ...shift });
  return planes.map((plane) => plane[0]);
}

const close = (actual: readonly number[], expected: readonly number[]) =>
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThan(2e-6);
  });

describe('hue, saturation and value', () => {
  const draw = random(8);
  const colours = Array.from({ length: 500 }, (): Colour => [draw.next(), draw.next(), draw.next()]);
  const edges: Colour[] = [
    [0, 0, 0],
    [1, 1, 1],
    [0.5, 0.5, 0.5],
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 0],
    [0, 1, 1],
    [1, 0, 1],
  ];

  it('move as in the closed form', () => {
    for (const colour of [...edges, ...colours]) {
      const by = { hue: 360 * draw.next() - 180, saturation: draw.next() - 0.5, value: draw.next() - 0.5 };
      const [hue, saturation, value] = toHsv(colour);
      const expected = toRgb([
        (hue + by.hue + 360) % 360,
        limited(saturation + by.saturation),
        limited(value + by.value),
      ]);
      close(shifted(colour, by), expected);
    }
  });

  it('come back after moving there', () => {
    for (const colour of colours) close(shifted(shifted(colour, { hue: 77 }), { hue: -77 }), colour);
    for (const colour of [...edges, ...colours]) close(shifted(colour, {}), colour);
  });

  it('leave values outside the levels at their distance', () => {
    close(shifted([1.5, 0.25, -0.5], {}), [1.5, 0.25, -0.5]);
    // red 1 and blue 0 move, the excess stays
    const [red, green, blue] = shifted([1, 0.25, 0], { hue: 20 });
    close(shifted([1.5, 0.25, -0.5], { hue: 20 }), [red + 0.5, green, blue - 0.5]);
  });

  // spec A9 #10: h − k + 76 instead of h − k + 180 in units of two degrees
  it('wrap a negative hue wrongly as the reference does, and only that', () => {
    const colour = toRgb([20, 0.5, 0.8]);
    close(shifted(colour, { hue: -30, wrap: 152 }), toRgb([142, 0.5, 0.8]));
    close(shifted(colour, { hue: -30 }), toRgb([350, 0.5, 0.8]));
    close(shifted(colour, { hue: -10, wrap: 152 }), toRgb([10, 0.5, 0.8]));
    close(shifted(toRgb([350, 0.5, 0.8]), { hue: 30, wrap: 152 }), toRgb([20, 0.5, 0.8]));
  });
});
