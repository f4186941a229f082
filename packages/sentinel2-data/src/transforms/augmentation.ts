import { LulcError, type Random } from '@lulc/core';

/**
 * Random changes of a training sample, drawn anew for every (seed, epoch, sample). The same geometric change applies to
 * all bands. Everything defaults to off. Plain data: it travels to workers and into configuration files.
 */
export interface Augmentation {
  /** Mirror left-right with probability ½. */
  readonly horizontalFlip?: boolean;
  /** Mirror up-down with probability ½. */
  readonly verticalFlip?: boolean;
  /** Turn by 0, 90, 180 or 270 degrees (0 or 180 when the window is not square). */
  readonly rot90?: boolean;
  /** Shift by up to so many pixels in each direction; what moves in is mirrored at the edge. */
  readonly shift?: number;
  /** Cut a random window of `[height, width]` pixels (then resized like any image). */
  readonly crop?: readonly [number, number];
  /** Common gain of all bands: uniform in `1 ± brightness`. 0 … 1. */
  readonly brightness?: number;
  /** Gain of each band by itself: uniform in `1 ± bandGain`. 0 … 1. */
  readonly bandGain?: number;
  /** Offset of each band by itself, uniform in `± bandOffset`, in native units (reflectance × 10000 for Sentinel-2). */
  readonly bandOffset?: number;
}

/** Flips and quarter turns: what leaves overhead imagery as likely as before. */
export const dihedral: Augmentation = { horizontalFlip: true, verticalFlip: true, rot90: true };

/**
 * @param augmentation options to check
 * @throws LulcError `invalid-argument` for a value outside its range
 */
export function checkAugmentation(augmentation: Augmentation): void {
  const { shift = 0, crop = [1, 1], brightness = 0, bandGain = 0, bandOffset = 0 } = augmentation;
  const wrong =
    !(Number.isInteger(shift) && shift >= 0) ||
    !crop.every((pixels) => Number.isInteger(pixels) && pixels > 0) ||
    ![brightness, bandGain].every((amount) => amount >= 0 && amount <= 1) ||
    !(bandOffset >= 0 && Number.isFinite(bandOffset));
  if (!wrong) return;
  throw new LulcError('invalid-argument', 'an augmentation is outside its range', {
    where: { shift, crop: crop.join(' x '), brightness, bandGain, bandOffset },
    hint: 'shift and crop are whole pixels, brightness and bandGain 0 to 1, bandOffset 0 or more.',
  });
}

/** A concrete change: where each output pixel comes from, and `value · gain + offset` per band. */
export interface PixelPlan {
  /** `[height, width]` of the output. */
  readonly size: readonly [number, number];
  /** Per output row, its share of the source position, in values. */
  readonly rows: Int32Array;
  /** Per output column, its share of the source position, in values. */
  readonly columns: Int32Array;
  /** Gain per band. */
  readonly gain: Float64Array;
  /** Offset per band, in native units, after the gain. */
  readonly offset: Float64Array;
}

/**
 * Draws what happens to one sample. All draws are made whatever is switched on, in a fixed order, so that switching one
 * option leaves the others' outcome as it was.
 *
 * @param shape `[height, width, bands]` of the image
 * @param augmentation what may happen
 * @param draw the sample's own random stream
 */
export function drawPlan(
  shape: readonly [number, number, number],
  augmentation: Augmentation,
  draw: Random,
): PixelPlan {
  const [height, width, bands] = shape;
  const { shift = 0, brightness = 0, bandGain = 0, bandOffset = 0 } = augmentation;
  const window = augmentation.crop ?? [height, width];
  const size = [Math.min(window[0], height), Math.min(window[1], width)] as const;
  const flipX = draw.next() < 0.5 && augmentation.horizontalFlip === true;
  const flipY = draw.next() < 0.5 && augmentation.verticalFlip === true;
  const turn = draw.integer(4);
  const top = Math.floor(draw.next() * (height - size[0] + 1));
  const left = Math.floor(draw.next() * (width - size[1] + 1));
  const down = Math.floor(draw.next() * (2 * shift + 1)) - shift;
  const right = Math.floor(draw.next() * (2 * shift + 1)) - shift;
  const common = 1 + brightness * (2 * draw.next() - 1);
  const gain = new Float64Array(bands);
  const offset = new Float64Array(bands);
  for (let band = 0; band < bands; band++) {
    gain[band] = common * (1 + bandGain * (2 * draw.next() - 1));
    offset[band] = bandOffset * (2 * draw.next() - 1);
  }
  const square = size[0] === size[1];
  const quarter = augmentation.rot90 !== true ? 0 : square ? turn : turn & 2;
  // a quarter turn is a transposition and a flip, a half turn is two flips
  const transposed = (quarter & 1) === 1;
  const backY = flipY !== (quarter === 1 || quarter === 2);
  const backX = flipX !== (quarter === 2 || quarter === 3);
  const axis = (length: number, back: boolean, from: number, moved: number, whole: number, step: number) =>
    Int32Array.from({ length }, (_, i) => mirrored(from + (back ? length - 1 - i : i) - moved, whole) * step);
  const vertical = axis(size[0], backY, top, down, height, width * bands);
  const horizontal = axis(size[1], backX, left, right, width, bands);
  return {
    size,
    rows: transposed ? horizontal : vertical,
    columns: transposed ? vertical : horizontal,
    gain,
    offset,
  };
}

/** A position beyond an edge is mirrored at the edge pixel. */
function mirrored(position: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = ((position % period) + period) % period;
  return inside < length ? inside : period - inside;
}
