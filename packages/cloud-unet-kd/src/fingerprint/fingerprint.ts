import { type ImageArray, isLulcError, LulcError } from '@lulc/core';
import { ignoreLabel, type SegmentationDataset, type SegmentationSample } from '@lulc/core/segmentation';
import { median } from '../plan/median.js';
import type { Fingerprint, IntensityProperties } from './fingerprintTypes.js';
import { type ValueHistogram, valueHistogram } from './valueHistogram.js';

/** Options of {@link fingerprint}. */
export interface FingerprintOptions {
  /**
   * What foreground values weigh. `'case'`: all of a case together as much as those of any other, which is what nnU-Net's
   * sampling of equally many values per case comes to. `'pixel'`: each as much as any other. Default `'case'`.
   */
  readonly weighting?: 'case' | 'pixel';
  /**
   * Is told of each case that cannot be used, which then is left out. Default: the first one is thrown.
   *
   * @param error `nodata`, `shape-mismatch`, `corrupt-file` …, naming the case
   * @param index of the case
   */
  readonly onInvalid?: (error: LulcError, index: number) => void;
  /** Is told after each case. */
  readonly onProgress?: (done: number, of: number) => void;
  /** Stops between two cases. */
  readonly signal?: AbortSignal;
}

/**
 * Looks at every case of a dataset once and takes down what planning needs (spec 3.2): sizes without empty margins, and how
 * the values of each band are distributed. One case is held at a time; the rest is of fixed size, 0.8 MB per band and
 * distribution for integers and 2 MB for floats, and two numbers per case.
 *
 * Pixels of value 0 in every band hold no data; those of unknown class may hold anything.
 *
 * @param dataset images with masks; class 0 is the background
 * @param options weighting, and what to do with bad cases
 * @throws LulcError of a bad case unless `onInvalid` is given: `shape-mismatch` (other number of bands, mask of another size),
 *   `invalid-argument` (a mask value that is no class), `nodata` (nothing but 0, or a value that is not finite), `incompatible`
 *   (integers and floats mixed; no case is left; an id occurs twice), and whatever reading a case throws; `aborted`
 * @example
 * ```ts
 * import { fingerprint, planFor } from '@lulc/cloud-unet-kd';
 *
 * const mask = { data: Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 20 ? 1 : 0)), shape: [64, 64] as const };
 * const image = { data: Uint16Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 20 ? 9000 : 1000)), shape: [64, 64, 1] as const };
 * const info = {
 *   name: 'toy', split: 'all', bands: ['B02'], classes: ['clear', 'cloud'], imageSize: [64, 64] as const,
 *   groundSamplingDistance: 10, scaling: undefined, simulated: true, licence: 'none', citation: 'none',
 * };
 * const dataset = { info, length: 1, get: async () => ({ image, mask, meta: { id: 'a' } }) };
 * const { foreground, ...rest } = await fingerprint(dataset);
 * console.log(foreground?.[0].mean, planFor({ fingerprint: { foreground, ...rest } }).patchSize); // 9000 [ 64, 64 ]
 * ```
 */
export async function fingerprint(
  dataset: SegmentationDataset,
  options: FingerprintOptions = {},
): Promise<Fingerprint> {
  const { weighting = 'case', onInvalid, onProgress, signal } = options;
  const { name, bands, classes } = dataset.info;
  const cases: MeasuredCase[] = [];
  const ids = new Set<string>();
  let distributions: Distributions | undefined;

  for (let index = 0; index < dataset.length; index++) {
    if (signal?.aborted) throw new LulcError('aborted', 'taking the fingerprint was stopped');
    try {
      const sample = await dataset.get(index);
      const measured = measureCase(sample, bands.length, classes.length);
      if (ids.has(sample.meta.id)) throw bad('incompatible', 'two cases have one id', sample);
      ids.add(sample.meta.id);
      distributions ??= newDistributions(kindOf(sample.image), bands.length);
      if (distributions.kind !== kindOf(sample.image))
        throw bad('incompatible', 'integers and floats are mixed', sample);
      countValues(sample, measured, weighting, distributions);
      cases.push(measured);
    } catch (error) {
      if (onInvalid === undefined || !isLulcError(error)) throw error;
      onInvalid(error, index);
    }
    onProgress?.(index + 1, dataset.length);
  }
  if (distributions === undefined) {
    throw new LulcError('incompatible', 'no case can be planned for', { where: { dataset: name } });
  }
  return {
    dataset: name,
    bands,
    classes,
    shapes: cases.map(({ shape }) => shape),
    spacings: cases.map(() => [1, 1]),
    medianRelativeSize: median(cases.map(({ relativeSize }) => relativeSize)),
    hasIgnored: cases.some(({ ignored }) => ignored),
    foreground: propertiesOf(distributions.foreground),
    overall: propertiesOf(distributions.overall),
  };
}

interface Distributions {
  readonly kind: 'integer' | 'float';
  readonly foreground: readonly ValueHistogram[];
  readonly overall: readonly ValueHistogram[];
}

interface MeasuredCase {
  /** Without the margin. */
  readonly shape: readonly [number, number];
  readonly relativeSize: number;
  readonly ignored: boolean;
  /** Pixels of any class but the background. */
  readonly foreground: number;
}

const kindOf = ({ data }: ImageArray): 'integer' | 'float' => (data instanceof Float32Array ? 'float' : 'integer');

function newDistributions(kind: 'integer' | 'float', bands: number): Distributions {
  const perBand = () => Array.from({ length: bands }, () => valueHistogram(kind));
  return { kind, foreground: perBand(), overall: perBand() };
}

function propertiesOf(histograms: readonly ValueHistogram[]): readonly IntensityProperties[] | undefined {
  const properties = histograms.map((histogram) => histogram.properties());
  return properties.every((band) => band !== undefined) ? properties : undefined;
}

function bad(
  code: 'shape-mismatch' | 'invalid-argument' | 'nodata' | 'incompatible',
  message: string,
  { meta }: SegmentationSample,
): LulcError {
  return new LulcError(code, message, { where: { case: meta.id } });
}

/** Checks a case and measures what is left of it without its margin. */
function measureCase(sample: SegmentationSample, bands: number, classes: number): MeasuredCase {
  const { image, mask } = sample;
  const [height, width, channels] = image.shape;
  if (channels !== bands) throw bad('shape-mismatch', `${channels} bands, not ${bands}`, sample);
  if (mask.shape[0] !== height || mask.shape[1] !== width) {
    throw bad('shape-mismatch', `a mask of ${mask.shape.join(' x ')} for an image of ${height} x ${width}`, sample);
  }
  let [top, bottom, left, right] = [height, -1, width, -1];
  let [foreground, ignored] = [0, false];
  for (let pixel = 0; pixel < height * width; pixel++) {
    const label = mask.data[pixel];
    if (label === ignoreLabel) ignored = true;
    else if (label >= classes) throw bad('invalid-argument', `a mask value of ${label} for ${classes} classes`, sample);
    else if (label > 0) foreground++;
    if (holdsData(sample, pixel)) {
      const [y, x] = [Math.floor(pixel / width), pixel % width];
      top = Math.min(top, y);
      bottom = y;
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
  }
  if (bottom < 0) throw bad('nodata', 'every pixel is 0', sample);
  const shape = [bottom - top + 1, right - left + 1] as const;
  return { shape, relativeSize: (shape[0] * shape[1]) / (height * width), ignored, foreground };
}

/** Whether any band of a pixel is not 0. */
function holdsData(sample: SegmentationSample, pixel: number): boolean {
  const { data, shape } = sample.image;
  let any = false;
  for (let i = pixel * shape[2]; i < (pixel + 1) * shape[2]; i++) {
    if (!Number.isFinite(data[i])) {
      if (sample.mask.data[pixel] === ignoreLabel) return false;
      throw bad('nodata', `a pixel of a known class is ${data[i]}`, sample);
    }
    any ||= data[i] !== 0;
  }
  return any;
}

function countValues(
  sample: SegmentationSample,
  measured: MeasuredCase,
  weighting: 'case' | 'pixel',
  { foreground, overall }: Distributions,
): void {
  const { data, shape } = sample.image;
  const labels = sample.mask.data;
  const weight = weighting === 'case' ? 1 / measured.foreground : 1;
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const holds = holdsData(sample, pixel);
    const isForeground = labels[pixel] > 0 && labels[pixel] !== ignoreLabel;
    for (let band = 0; band < shape[2]; band++) {
      const value = data[pixel * shape[2] + band];
      if (holds) overall[band].add(value, 1);
      if (isForeground) foreground[band].add(value, weight);
    }
  }
}
