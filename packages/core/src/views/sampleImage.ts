import type { ImageArray } from '../data/types.js';
import { type AxisKernel, axisTaps, mirrored } from './axisTaps.js';
import type { DrawnView } from './drawView.js';
import type { Planes } from './planes.js';
import { scratch } from './scratch.js';
import type { Affine } from './types.js';

/** From this shrinking on, more than the nearest four pixels are read. */
const shrinking = 1.5;

type Geometry = Pick<DrawnView, 'size' | 'affine' | 'sampling' | 'border' | 'antialias'>;

/**
 * The pixels of a view before anything is done to them.
 *
 * @param image the source
 * @param view where its pixels come from
 * @param fill per band, what lies outside unless the image is mirrored there
 * @returns planes in memory that the next call uses again
 */
export function sampleImage(image: ImageArray, view: Geometry, fill: ArrayLike<number>): Planes {
  const [height, width] = view.size;
  const bands = image.shape[2];
  const planes = { data: scratch('planes', bands * height * width), bands, height, width };
  const [a, b, , d, e] = view.affine;
  const background = view.border === 'reflect' ? undefined : fill;
  if (b === 0 && d === 0) sampleAlongAxes(image, view, planes, background, false);
  else if (a === 0 && e === 0) sampleAlongAxes(image, view, planes, background, true);
  else sampleFreely(image, view, planes, background);
  return planes;
}

/** Rows, then columns, of a view whose axes are those of the source; `transposed`: the other way round. */
function sampleAlongAxes(
  { data, shape }: ImageArray,
  { affine, sampling, antialias }: Geometry,
  planes: Planes,
  background: ArrayLike<number> | undefined,
  transposed: boolean,
): void {
  const [sourceHeight, sourceWidth, bands] = shape;
  const { height, width } = planes;
  const [a, b, c, d, e, f] = affine;
  const kernel = (slope: number): AxisKernel =>
    sampling === 'bilinear' && antialias && Math.abs(slope) >= shrinking ? 'area' : sampling;
  // what view rows and view columns step over in the source
  const down = transposed
    ? { slope: b, offset: c, length: sourceWidth, stride: bands }
    : { slope: e, offset: f, length: sourceHeight, stride: sourceWidth * bands };
  const right = transposed
    ? { slope: d, offset: f, length: sourceHeight, stride: sourceWidth * bands }
    : { slope: a, offset: c, length: sourceWidth, stride: bands };
  const rows = axisTaps(down.slope, down.offset, height, down.length, kernel(down.slope));
  const columns = axisTaps(right.slope, right.offset, width, right.length, kernel(right.slope));
  const isFilled = background !== undefined;
  const [fromRow, toRow] = isFilled ? [rows.from, rows.to] : [0, height];
  const [fromColumn, toColumn] = isFilled ? [columns.from, columns.to] : [0, width];
  if (isFilled) fillPlanes(planes, background);

  const used = columns.positions.subarray(fromColumn * columns.taps, toColumn * columns.taps);
  const first = used.reduce((least, position) => Math.min(least, position), right.length);
  const last = used.reduce((greatest, position) => Math.max(greatest, position), -1);
  // one line of the source, all bands of a pixel side by side
  const line = scratch('line', Math.max(0, last - first + 1) * bands);
  const runs = right.stride === bands ? 1 : last - first + 1;
  const run = line.length / runs;
  const offsets = columns.positions.map((position) => (position - first) * bands);
  for (let y = fromRow; y < toRow; y++) {
    for (let k = 0; k < rows.taps; k++) {
      const weight = rows.weights[y * rows.taps + k];
      if (weight === 0 && k > 0) continue;
      const start = rows.positions[y * rows.taps + k] * down.stride + first * right.stride;
      for (let r = 0, to = 0, at = start; r < runs; r++, at += right.stride) {
        if (k === 0) for (let i = 0; i < run; i++, to++) line[to] = weight * data[at + i];
        else for (let i = 0; i < run; i++, to++) line[to] += weight * data[at + i];
      }
    }
    for (let band = 0; band < bands; band++) {
      const to = (band * height + y) * width;
      sumTaps(line, band, offsets, columns.weights, columns.taps, planes.data, to, fromColumn, toColumn);
    }
  }
}

function sumTaps(
  line: Float32Array,
  band: number,
  offsets: Int32Array,
  weights: Float64Array,
  taps: number,
  out: Float32Array,
  to: number,
  from: number,
  end: number,
): void {
  if (taps === 2) {
    for (let x = from, k = 2 * from; x < end; x++, k += 2) {
      out[to + x] = weights[k] * line[offsets[k] + band] + weights[k + 1] * line[offsets[k + 1] + band];
    }
    return;
  }
  for (let x = from; x < end; x++) {
    let sum = 0;
    for (let k = x * taps; k < (x + 1) * taps; k++) sum += weights[k] * line[offsets[k] + band];
    out[to + x] = sum;
  }
}

function fillPlanes({ data, bands, height, width }: Planes, fill: ArrayLike<number>): void {
  for (let band = 0; band < bands; band++) data.fill(fill[band], band * height * width, (band + 1) * height * width);
}

/** Any affine: where it shrinks much, the mean of several samples within each pixel of the view. */
function sampleFreely(
  image: ImageArray,
  { affine, sampling, antialias }: Geometry,
  planes: Planes,
  background: ArrayLike<number> | undefined,
): void {
  const [a, b, c, d, e, f] = affine;
  const isSmooth = sampling === 'bilinear';
  const parts = (length: number): number => (isSmooth && antialias && length >= shrinking ? Math.round(length) : 1);
  const [across, down] = [parts(Math.hypot(a, d)), parts(Math.hypot(b, e))];
  planes.data.fill(0);
  for (let j = 0; j < down; j++) {
    for (let i = 0; i < across; i++) {
      const [x, y] = [(i + 0.5) / across, (j + 0.5) / down];
      const start: Affine = [a, b, a * x + b * y + c, d, e, d * x + e * y + f];
      addSamples(image, start, isSmooth, planes, background, 1 / (across * down));
    }
  }
}

/** Adds one sample per pixel; the affine takes whole numbers to the points that are read. */
function addSamples(
  { data, shape }: ImageArray,
  [a, b, c, d, e, f]: Affine,
  isSmooth: boolean,
  planes: Planes,
  background: ArrayLike<number> | undefined,
  share: number,
): void {
  const [sourceHeight, sourceWidth, bands] = shape;
  const { height, width, data: out } = planes;
  const size = height * width;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const atX = a * x + b * y + c;
      const atY = d * x + e * y + f;
      if (background !== undefined && !(atX >= 0 && atX < sourceWidth && atY >= 0 && atY < sourceHeight)) {
        for (let band = 0; band < bands; band++) out[band * size + to] += share * background[band];
        continue;
      }
      const left = Math.floor(isSmooth ? atX - 0.5 : atX);
      const top = Math.floor(isSmooth ? atY - 0.5 : atY);
      const x0 = mirrored(left, sourceWidth) * bands;
      const y0 = mirrored(top, sourceHeight) * sourceWidth * bands;
      if (!isSmooth) {
        for (let band = 0, at = to; band < bands; band++, at += size) out[at] += share * data[y0 + x0 + band];
        continue;
      }
      const x1 = mirrored(left + 1, sourceWidth) * bands;
      const y1 = mirrored(top + 1, sourceHeight) * sourceWidth * bands;
      const right = atX - 0.5 - left;
      const below = atY - 0.5 - top;
      const w11 = right * below;
      const w01 = right - w11;
      const w10 = below - w11;
      const w00 = 1 - right - w10;
      for (let band = 0, at = to; band < bands; band++, at += size) {
        out[at] +=
          share *
          (w00 * data[y0 + x0 + band] +
            w01 * data[y0 + x1 + band] +
            w10 * data[y1 + x0 + band] +
            w11 * data[y1 + x1 + band]);
      }
    }
  }
}
