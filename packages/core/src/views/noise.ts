import { random } from '../random/random.js';
import { type Planes, planeOf } from './planes.js';

/** Standard normal values of equal probability. */
let quantiles: Float32Array | undefined;

/** Numbers of the table; a power of two. */
const count = 4096;

/** Inverts the normal distribution by summing up its density. */
function normalQuantiles(): Float32Array {
  if (quantiles !== undefined) return quantiles;
  const table = new Float32Array(count);
  const step = 1 / 4096;
  let below = 0;
  for (let x = -6 + step / 2, i = 0; i < count; x += step) {
    const share = (Math.exp((-x * x) / 2) * step) / Math.sqrt(2 * Math.PI);
    for (; i < count && below + share >= (i + 0.5) / count; i++) {
      table[i] = x - step / 2 + (step * ((i + 0.5) / count - below)) / share;
    }
    below += share;
  }
  quantiles = table;
  return table;
}

/**
 * Adds Gaussian noise (of 4096 equally probable values, at most 3.7 standard deviations) to every value of the view.
 *
 * @param planes the view
 * @param sigma standard deviation per band
 * @param seed names the stream; each band has its own
 */
export function addNoise(planes: Planes, sigma: readonly number[], seed: number): void {
  const table = normalQuantiles();
  sigma.forEach((deviation, band) => {
    if (deviation === 0) return;
    const plane = planeOf(planes, band);
    const draw = random(seed, band);
    for (let i = 0; i < plane.length; i++) plane[i] += deviation * table[(draw.next() * count) | 0];
  });
}

/**
 * Replaces pixels by random values between 0 and 1, all bands of a pixel at once.
 *
 * @param planes the view
 * @param share probability of each pixel
 * @param bands indices of the bands
 * @param seed names the stream
 */
export function replacePixels(planes: Planes, share: number, bands: readonly number[], seed: number): void {
  const size = planes.height * planes.width;
  const draw = random(seed);
  // pixels up to the next that is replaced, geometrically distributed
  const gap = (): number => (share === 1 ? 0 : Math.floor(Math.log(1 - draw.next()) / Math.log(1 - share)));
  for (let i = gap(); share > 0 && i < size; i += 1 + gap()) {
    for (const band of bands) planes.data[band * size + i] = draw.next();
  }
}
