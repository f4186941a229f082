import type { Random } from '@lulc/core';
import { ignoreLabel, type MaskArray } from '@lulc/core/segmentation';

/**
 * A pixel of the foreground: of a class drawn from those that are there, then of its pixels.
 *
 * @param mask class indices
 * @param background class that is not foreground
 * @param draw the row's own random stream
 * @returns `[x, y]` of its middle, or `undefined` when there is no foreground
 */
export function focusPixel(
  { data, shape }: MaskArray,
  background: number,
  draw: Random,
): readonly [x: number, y: number] | undefined {
  const counts = new Uint32Array(ignoreLabel + 1);
  for (const label of data) counts[label]++;
  const present = Array.from(counts.keys()).filter(
    (label) => counts[label] > 0 && label !== background && label !== ignoreLabel,
  );
  if (present.length === 0) return undefined;
  const label = present[draw.integer(present.length)];
  let at = -1;
  for (let left = draw.integer(counts[label]); left >= 0; left--) at = data.indexOf(label, at + 1);
  return [(at % shape[1]) + 0.5, Math.floor(at / shape[1]) + 0.5];
}
