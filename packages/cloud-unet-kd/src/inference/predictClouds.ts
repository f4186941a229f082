import {
  checkNormalization,
  LulcError,
  type Normalization,
  type OptionKinds,
  requireAtLeast,
  requireCount,
  requireKinds,
  type Scene,
} from '@lulc/core';
import { ignoreLabel, type Strip, slidingWindow, type TileNetwork, type WindowOptions } from '@lulc/core/segmentation';
import { modelKinds, requiredInside, windowKinds } from '../untypedOptions.js';
import type { CloudSink, CloudStrip } from './cloudStrip.js';
import { normalizedPixels, sceneNormalization } from './sceneNormalization.js';
import { smallCloudFilter } from './smallCloudFilter.js';

/** What {@link predictClouds} is doing. */
export interface CloudProgress {
  /** Statistics of the bands come first where they are normalised by the scene itself. */
  readonly stage: 'statistics' | 'prediction';
  /** Rows of the scene that are done. */
  readonly rows: number;
  /** Rows of the scene. */
  readonly height: number;
}

/** Options of {@link predictClouds}. */
export interface PredictCloudsOptions extends Omit<WindowOptions, 'network'> {
  /** The scene, or anything else that is read in parts. */
  readonly scene: Scene;
  /** A network, or several whose logits are averaged: the folds of a cross-validation. They give logits of at least two classes. */
  readonly networks: TileNetwork | readonly TileNetwork[];
  /** How the networks' images were brought to numbers, one entry per band. What is of "the image" is of the pixels with data of the whole scene. */
  readonly normalization: Normalization;
  /**
   * A pixel is cloud where the probability is at least this, [0, 1], as `cloudMetrics` counts.
   * @defaultValue 0.5
   */
  readonly threshold?: number;
  /**
   * Classes that count as cloud; the probability is the sum of theirs.
   * @defaultValue `[1]`
   */
  readonly cloudClasses?: readonly number[];
  /**
   * Clouds of fewer pixels become clear; pixels that touch at a side or a corner belong together. As many rows are held and come
   * later. Probabilities stay as they are.
   * @defaultValue 1
   */
  readonly minimumArea?: number;
  /** Told after every part. */
  readonly onProgress?: (progress: CloudProgress) => void;
}

/** What options may be, for callers without types. */
const optionKinds = {
  ...windowKinds,
  scene: { bands: 'texts', size: 'pair', read: 'function' },
  networks: ['function', 'record', 'list'],
  normalization: 'records',
  threshold: 'number',
  cloudClasses: 'numbers',
  minimumArea: 'number',
  onProgress: 'function',
} as const satisfies Readonly<Record<keyof PredictCloudsOptions, OptionKinds>>;

const requiredOptions = ['scene', ...requiredInside('scene', optionKinds.scene), 'networks', 'normalization'];
const requiredOfModel = ['networks', ...requiredInside('networks', modelKinds)];

/** What a scene is covered with. */
export interface CloudCover {
  /** Share of the pixels with data that are cloud, 0 … 1; NaN when there are none. */
  readonly cover: number;
  /** Pixels that are cloud. */
  readonly cloudPixels: number;
  /** Pixels with data. */
  readonly validPixels: number;
  /** All pixels. */
  readonly pixels: number;
}

/**
 * The cloud map of a scene of any size, in sliding windows (see `slidingWindow` of `@lulc/core/segmentation`: nnU-Net's, with
 * half a tile of overlap, Gaussian importance and, when asked for, mirrored tiles). Logits are blended, then made
 * probabilities. Memory does not grow with the scene's height. Tiles without data cost nothing, and pixels without data stay so.
 *
 * @param options scene, networks and how to slide
 * @param sink takes the rows of the map; without it only the cover is found out
 * @throws LulcError as `slidingWindow` does; `invalid-argument` for a threshold, classes or a
 *   normalisation out of their range, `shape-mismatch` for a normalisation of other bands, `incompatible` for a model of other
 *   bands, `diverged` for networks that do not give numbers; whatever scene and sink throw
 * @example
 * ```ts
 * import { predictClouds } from '@lulc/cloud-unet-kd';
 * import { imageScene } from '@lulc/core';
 *
 * // A "network" that takes what is bright for cloud: logits of clear and cloud per pixel.
 * const bright = async (tiles: Float32Array) => Float32Array.from({ length: 2 * tiles.length }, (_, i) => (i % 2) * tiles[i >> 1]);
 * const image = { data: Uint16Array.of(0, 900, 4000, 5000), shape: [2, 2, 1] } as const;
 * const { cover, validPixels } = await predictClouds({
 *   scene: imageScene(image, { bands: ['B02'], nodata: 0 }),
 *   networks: bright,
 *   normalization: [{ scheme: 'fixed', mean: 3000, std: 1000 }],
 *   tile: [64, 64],
 * });
 * console.log(cover, validPixels); // 0.6666666666666666 3
 * ```
 */
export async function predictClouds(options: PredictCloudsOptions, sink: CloudSink = () => {}): Promise<CloudCover> {
  requireKinds(options, optionKinds, requiredOptions);
  const {
    scene,
    networks,
    normalization,
    threshold = 0.5,
    cloudClasses = [1],
    minimumArea = 1,
    onProgress,
    signal,
    ...window
  } = options;
  const [height, width] = scene.size;
  checkOptions(scene, networks, normalization, threshold, cloudClasses);
  requireCount({ minimumArea });
  const report = (stage: CloudProgress['stage']) => (rows: number) => {
    if (signal?.aborted) throw new LulcError('aborted', 'the prediction of clouds was aborted');
    onProgress?.({ stage, rows, height });
  };
  const resolved = await sceneNormalization(scene, normalization, report('statistics'));
  const progress = report('prediction');

  // Where rows that tiles still touch have data: a row of tiles. Buffers grow to what the first parts need.
  const valid = growing(Uint8Array);
  const tile = growing(Float32Array);
  const probability = growing(Float32Array);
  const mask = growing(Uint8Array);
  let written = 0;
  const counts = { cloud: 0, valid: 0 };
  const deliver = async (strip: CloudStrip) => {
    for (const value of strip.mask) {
      if (value !== ignoreLabel) counts.valid++;
      if (value === 1) counts.cloud++;
    }
    await sink(strip);
  };
  const filter = smallCloudFilter(minimumArea, deliver);
  await slidingWindow({
    ...window,
    ...(signal === undefined ? {} : { signal }),
    network: networks,
    size: scene.size,
    read: async (part) => {
      const pixels = await scene.read(part);
      const first = part.top - written;
      const rows = valid((first + part.rows) * width);
      for (let y = 0; y < part.rows; y++) {
        const line = pixels.valid.subarray(y * part.columns, (y + 1) * part.columns);
        rows.set(line, (first + y) * width + part.left);
      }
      if (!pixels.valid.includes(1)) return undefined;
      return normalizedPixels(pixels, resolved, tile(pixels.image.data.length));
    },
    write: async (strip) => {
      const { top, rows } = strip;
      const finished = { top, rows, width, probability: probability(rows * width), mask: mask(rows * width) };
      label(finished, strip, valid(rows * width), cloudClasses, threshold);
      await filter.add(finished);
      valid.all().copyWithin(0, rows * width);
      written += strip.rows;
      progress(written);
    },
  });
  await filter.end();
  const { cloud: cloudPixels, valid: validPixels } = counts;
  return { cover: cloudPixels / validPixels, cloudPixels, validPixels, pixels: height * width };
}

function checkOptions(
  { bands }: Scene,
  networks: PredictCloudsOptions['networks'],
  normalization: Normalization,
  threshold: number,
  cloudClasses: readonly number[],
): void {
  checkNormalization(normalization, bands.length);
  for (const network of [networks].flat()) {
    if (typeof network !== 'function') requireKinds({ networks: network }, { networks: modelKinds }, requiredOfModel);
    const wanted = typeof network === 'function' ? null : network.inputs[0].shape[3];
    if (wanted === null || wanted === bands.length) continue;
    throw new LulcError('incompatible', `a network for ${wanted} bands and a scene of ${bands.length}`, {
      hint: `The scene has ${bands.join(', ')}.`,
    });
  }
  requireAtLeast(0, { threshold, '1 - threshold': 1 - threshold });
  if (cloudClasses.length === 0 || cloudClasses.some((index) => !Number.isInteger(index) || index < 0)) {
    throw new LulcError('invalid-argument', 'cloudClasses must name at least one class by its index', {
      where: { option: 'cloudClasses' },
    });
  }
}

/** A buffer that is as long as it ever had to be; the first values of it are given. */
function growing<T extends Uint8Array | Float32Array>(Values: new (length: number) => T) {
  let buffer = new Values(0);
  const first = (length: number): T => {
    if (buffer.length < length) {
      const longer = new Values(length);
      longer.set(buffer);
      buffer = longer;
    }
    return buffer.subarray(0, length) as T;
  };
  return Object.assign(first, { all: () => buffer });
}

/** Fills in probabilities and labels of finished rows. */
function label(
  { top, probability, mask }: CloudStrip,
  { classes, values }: Strip,
  valid: Uint8Array,
  cloudClasses: readonly number[],
  threshold: number,
): void {
  const unknown = cloudClasses.find((index) => classes > 0 && index >= classes);
  if (classes === 1 || unknown !== undefined) {
    throw new LulcError('shape-mismatch', `the networks give ${classes} values per pixel`, {
      hint: 'They must give logits of at least two classes, among them those that count as cloud.',
    });
  }
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const p = valid[pixel] === 0 ? Number.NaN : shareOf(values, pixel * classes, classes, cloudClasses);
    probability[pixel] = p;
    // as it is stored, so that whoever compares the stored one agrees
    mask[pixel] = valid[pixel] === 0 ? ignoreLabel : probability[pixel] >= threshold ? 1 : 0;
    // A network whose weights are broken must not pass for a clear sky.
    if (Number.isNaN(p) && valid[pixel] !== 0) {
      throw new LulcError('diverged', 'the networks give values that are not finite', { where: { row: top } });
    }
  }
}

/** Sum of the softmax of some classes of a pixel. */
function shareOf(values: Float32Array, from: number, classes: number, wanted: readonly number[]): number {
  let most = values[from];
  for (let i = from + 1; i < from + classes; i++) if (values[i] > most) most = values[i];
  let all = 0;
  for (let i = from; i < from + classes; i++) all += Math.exp(values[i] - most);
  let some = 0;
  for (const index of wanted) some += Math.exp(values[from + index] - most);
  return some / all;
}
