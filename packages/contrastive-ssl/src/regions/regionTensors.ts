import { LulcError, random } from '@lulc/core';
import { affineAt, mapPoint, type ViewBatch, type ViewImages } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { drawRegions, type Point, type RegionView } from './drawRegions.js';
import { addIntervalWeights } from './regionMeans.js';

/**
 * Which regions are negatives of a region: `'all'` others of the batch, as in GLCNet's code; those of `'other-ground'`,
 * whose patches of ground do not meet its own; or only those of `'other-images'`.
 */
export type Negatives = 'all' | 'other-ground' | 'other-images';

/** The size of regions: pixels of the view, or a share of the view's height and width. */
export type RegionSize = { readonly pixels: number } | { readonly share: number };

/** What is drawn for every image of a batch. */
export interface RegionDraw {
  /** Regions per image. */
  readonly regions: number;
  /** Their size. */
  readonly size: RegionSize;
  /** Which are negatives of which. */
  readonly negatives: Negatives;
  /** Pixels of the source image by which patches of ground are enlarged on all sides before they are held together. */
  readonly margin: number;
  /** Where the map's cells lie in the image, see `addIntervalWeights`. */
  readonly alignCorners: boolean;
  /** Seed of the centres. */
  readonly seed: number;
}

/** The tensors of the regions of a batch of two views, all of shapes that do not depend on what was drawn. */
export interface RegionTensors {
  /** Weights of the map's rows in view 1 and view 2, `[B, P, h]`. */
  readonly rows: readonly [tf.Tensor3D, tf.Tensor3D];
  /** Weights of its columns, `[B, P, w]`. */
  readonly columns: readonly [tf.Tensor3D, tf.Tensor3D];
  /** `[B · P]`: 1 for a region, 0 where there was no room for one. */
  readonly valid: tf.Tensor1D;
  /** `[2 · B · P, axes, 2]` as `ntXent` takes them; absent when all others are negatives. */
  readonly footprints: tf.Tensor3D | undefined;
}

/** Number of the random stream of regions among those of a seed, epoch and image. */
const regionStream = 0x7265;

/**
 * Draws the regions of a batch and makes their tensors.
 *
 * @param batch a batch of two views
 * @param mapSizes height and width of the dense map of each view
 * @param options what is drawn
 * @throws LulcError `invalid-argument` when a region is larger than a view
 */
export function regionTensors(
  batch: ViewBatch,
  mapSizes: readonly [readonly [number, number], readonly [number, number]],
  options: RegionDraw,
): RegionTensors {
  const [first, second] = batch.views;
  const size = first.imageShape[0];
  const { regions, negatives, margin, alignCorners } = options;
  const axes = { all: 0, 'other-ground': 3, 'other-images': 1 }[negatives];
  const sides = [first, second].map((view, i) => ({
    view,
    region: regionPixels(view, options.size),
    map: mapSizes[i],
    rows: new Float32Array(size * regions * mapSizes[i][0]),
    columns: new Float32Array(size * regions * mapSizes[i][1]),
    footprints: new Float32Array(size * regions * axes * 2),
  }));
  const valid = new Float32Array(size * regions);
  for (let image = 0; image < size; image++) {
    const [a, b] = sides.map(({ view, region }) => viewOf(view, image, region));
    const draw = random(options.seed, batch.epoch, batch.indices[image], regionStream);
    for (const [p, pair] of drawRegions([a, b], regions, draw).entries()) {
      const region = image * regions + p;
      valid[region] = 1;
      for (const [side, { map, rows, columns, footprints: own }] of sides.entries()) {
        const view = side === 0 ? a : b;
        addBox(pair[side], view, { map, rows, columns, alignCorners }, region);
        own.set(footprint(pair[side], view, image, margin).slice(0, 2 * axes), region * axes * 2);
      }
    }
  }
  const footprints = new Float32Array(2 * size * regions * axes * 2);
  sides.forEach((side, i) => {
    footprints.set(side.footprints, i * side.footprints.length);
  });
  const weights = (values: Float32Array, cells: number): tf.Tensor3D => tf.tensor3d(values, [size, regions, cells]);
  const [one, two] = sides;
  return {
    rows: [weights(one.rows, one.map[0]), weights(two.rows, two.map[0])],
    columns: [weights(one.columns, one.map[1]), weights(two.columns, two.map[1])],
    valid: tf.tensor1d(valid),
    footprints: axes === 0 ? undefined : tf.tensor3d(footprints, [2 * size * regions, axes, 2]),
  };
}

/** Height and width of a region in pixels of a view. */
function regionPixels({ imageShape }: ViewImages, size: RegionSize): readonly [number, number] {
  const [, height, width] = imageShape;
  const [regionHeight, regionWidth] =
    'pixels' in size ? [size.pixels, size.pixels] : [size.share * height, size.share * width];
  if (regionHeight > height || regionWidth > width) {
    throw new LulcError('invalid-argument', `regions of ${regionHeight} x ${regionWidth} pixels do not fit the views`, {
      where: { view: `${height} x ${width}` },
    });
  }
  return [regionHeight, regionWidth];
}

const viewOf = (
  { affines, imageShape: [, height, width] }: ViewImages,
  row: number,
  region: readonly [number, number],
): RegionView => ({ affine: affineAt(affines, row), size: [height, width], region });

/** The weights of all regions of a view. */
interface ViewWeights {
  readonly map: readonly [height: number, width: number];
  readonly rows: Float32Array;
  readonly columns: Float32Array;
  readonly alignCorners: boolean;
}

/** Writes the weights of the region around a centre. */
function addBox(
  [x, y]: Point,
  { size: [height, width], region: [regionHeight, regionWidth] }: RegionView,
  { map: [mapHeight, mapWidth], rows, columns, alignCorners }: ViewWeights,
  region: number,
): void {
  const along = (centre: number, length: number, pixels: number, cells: number, weights: Float32Array): void => {
    const from = Math.min(Math.max(centre - length / 2, 0), pixels - length);
    const own = weights.subarray(region * cells, (region + 1) * cells);
    addIntervalWeights(from, from + length, pixels, cells, own, alignCorners);
  };
  along(y, regionHeight, height, mapHeight, rows);
  along(x, regionWidth, width, mapWidth, columns);
}

/** Intervals along the image number and the source's x and y that a region takes, enlarged by a margin. */
function footprint(
  [x, y]: Point,
  { affine, region: [height, width] }: RegionView,
  image: number,
  margin: number,
): number[] {
  const points = [-0.5, 0.5].flatMap((v) => [-0.5, 0.5].map((u) => mapPoint(affine, x + u * width, y + v * height)));
  const interval = (axis: 0 | 1): number[] => {
    const values = points.map((point) => point[axis]);
    return [Math.min(...values) - margin, Math.max(...values) + margin];
  };
  return [image, image + 1, ...interval(0), ...interval(1)];
}
