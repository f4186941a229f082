/**
 * Random changes of a training sample, drawn anew for every (seed, epoch, sample). The same geometric change applies to
 * all bands. Everything defaults to off.
 */
export interface Augmentation {
  /** Mirror left-right with probability ½. */
  readonly horizontalFlip?: boolean;
  /** Mirror up-down with probability ½. */
  readonly verticalFlip?: boolean;
  /** Turn by 0, 90, 180 or 270 degrees (0 or 180 when the image is not square). */
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
