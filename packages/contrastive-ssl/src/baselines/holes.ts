import { LulcError, type Random } from '@lulc/core';

/**
 * Cuts square holes at random places into an image; they may overlap.
 *
 * @param mask `[height, width]`, written: 1 inside of a hole, else as it was
 * @param size `[height, width]`
 * @param holes their number
 * @param side of a hole in pixels
 * @param random draws the places
 * @throws LulcError `invalid-argument` for holes that are larger than the image
 */
export function cutHoles(
  mask: Float32Array,
  [height, width]: readonly [number, number],
  holes: number,
  side: number,
  random: Random,
): void {
  if (side > Math.min(height, width)) {
    throw new LulcError('invalid-argument', `holes of ${side} pixels do not fit into views of ${height}×${width}`, {
      where: { option: 'holeSize' },
    });
  }
  for (let hole = 0; hole < holes; hole++) {
    const top = random.integer(height - side + 1);
    const left = random.integer(width - side + 1);
    for (let y = top; y < top + side; y++) mask.fill(1, y * width + left, y * width + left + side);
  }
}
