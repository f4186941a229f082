import { clippedImage, type ResolvedNormalization } from '../data/resolveNormalization.js';
import type { ImageArray, ScalingStatistics } from '../data/types.js';
import { LulcError } from '../errors/lulcError.js';
import { applyOperation } from './applyOperation.js';
import type { DrawnView } from './drawView.js';
import { bandLevels } from './levels.js';
import { type Planes, planeOf } from './planes.js';
import { sampleImage } from './sampleImage.js';

/**
 * Writes a view of an image: sampled once through its affine map, changed in its bands' levels, scaled.
 *
 * @param image the image as stored, whose shape the view was drawn for
 * @param view what to see of it
 * @param scaling of the bands, `(x − mean) / std`; native units when not given
 * @param out where to write, `size[0] · size[1] · bands` values, interleaved
 * @param clip per band, the lowest and the highest value of the image that is kept; default: all are
 * @throws LulcError `shape-mismatch` when `out` or the scaling does not have the image's bands, `incompatible` for levels by
 * a scaling that is not given
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 * import { drawView, renderView } from '@lulc/core/views';
 *
 * const image = { data: Uint8Array.of(0, 10, 20, 30), shape: [2, 2, 1] } as const;
 * const out = new Float32Array(4);
 * renderView(image, drawView({ size: [2, 2], steps: [{ name: 'rot90', turns: [1] }] }, image.shape, random(0)), undefined, out);
 * console.log([...out]); // [20, 0, 30, 10]
 * ```
 */
export function renderView(
  image: ImageArray,
  view: DrawnView,
  scaling: ScalingStatistics | undefined,
  out: Float32Array,
  clip?: ResolvedNormalization['clip'],
): void {
  const bands = image.shape[2];
  const [height, width] = view.size;
  if (out.length !== height * width * bands || (scaling !== undefined && scaling.mean.length !== bands)) {
    throw new LulcError(
      'shape-mismatch',
      `an image of ${bands} bands where ${scaling?.mean.length ?? out.length / (height * width)} are expected`,
    );
  }
  const means = scaling?.mean ?? new Array<number>(bands).fill(0);
  const deviations = scaling?.std ?? new Array<number>(bands).fill(1);
  const planes = sampleImage(clippedImage(image, clip), view, view.border === 'mean' ? means : new Float64Array(bands));
  if (view.operations.length === 0) {
    interleave(planes, out, (band) => [1 / deviations[band], -means[band] / deviations[band]]);
    return;
  }
  const levels = bandLevels(view.levels, image, scaling);
  levels.forEach(({ black, range }, band) => {
    const plane = planeOf(planes, band);
    for (let i = 0; i < plane.length; i++) plane[i] = (plane[i] - black) / range;
  });
  const meanLevels = levels.map(({ black, range }, band) => (means[band] - black) / range);
  for (const operation of view.operations) applyOperation(operation, planes, meanLevels);
  interleave(planes, out, (band) => [
    levels[band].range / deviations[band],
    (levels[band].black - means[band]) / deviations[band],
  ]);
}

/** Bands side by side, each by its own `value · gain + offset`. */
function interleave(
  planes: Planes,
  out: Float32Array,
  line: (band: number) => readonly [gain: number, offset: number],
): void {
  const { bands } = planes;
  for (let band = 0; band < bands; band++) {
    const plane = planeOf(planes, band);
    const [gain, offset] = line(band);
    for (let i = 0, to = band; i < plane.length; i++, to += bands) out[to] = plane[i] * gain + offset;
  }
}
