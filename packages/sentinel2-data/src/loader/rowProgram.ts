import {
  type ImageArray,
  LulcError,
  type Normalization,
  random,
  resolveNormalization,
  type ScalingStatistics,
} from '@lulc/core';
import type { MaskArray } from '@lulc/core/segmentation';
import { type Affine, type DrawnView, drawViews, renderMask, renderView, type ViewRecipe } from '@lulc/core/views';
import { type Preparation, prepareImage } from '../transforms/prepareImage.js';
import type { RowDraw } from './epochRows.js';
import { focusPixel } from './focusPixel.js';

/** A sample as it is read, whatever dataset it belongs to. */
export interface RawSample {
  readonly image: ImageArray;
  readonly mask?: MaskArray;
  readonly soft?: ImageArray;
  readonly label?: readonly number[];
}

/** Rows of classification: the augmented image, and one value per class. */
export interface PreparedRows {
  readonly kind: 'prepared';
  readonly preparation: Preparation;
  readonly classes: number;
}

/**
 * Rows of views: per recipe an image and the map back to the source; then, if asked for, the mask of the first view and its soft
 * targets.
 */
export interface ViewRows {
  readonly kind: 'views';
  readonly seed: number;
  readonly recipes: readonly ViewRecipe[];
  readonly scaling: ScalingStatistics | undefined;
  readonly normalization: Normalization | undefined;
  readonly mask: boolean;
  /** Channels of soft targets; 0 when there are none. */
  readonly softChannels: number;
  /** Class that rows which are to be about foreground are not about. */
  readonly background: number;
  /** `[height, width]` that every image must have. */
  readonly sourceSize?: readonly [number, number];
}

/** What a thread makes of a sample. Plain data: it travels to workers. */
export type RowProgram = PreparedRows | ViewRows;

const planeTypes = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array } as const;

/** The part of a batch's memory that holds one kind of value for every row. */
export type Plane = Float32Array | Float64Array | Uint8Array;

/** What a plane holds per row. */
export interface PlaneLayout {
  readonly type: keyof typeof planeTypes;
  readonly values: number;
}

/** Names this use of random numbers, so that views share no stream with the order of samples or the augmentation. */
const viewStream = 3;
/** Names the draws of the pixels that views are about. */
const focusStream = 5;

/**
 * The planes that a program writes.
 *
 * @param program what is made of a sample
 * @param bands bands of the images
 */
export function planesOf(program: RowProgram, bands: number): readonly PlaneLayout[] {
  if (program.kind === 'prepared') {
    const [height, width] = program.preparation.size;
    return [
      { type: 'float32', values: height * width * bands },
      { type: 'float32', values: program.classes },
    ];
  }
  const [height, width] = program.recipes[0].size;
  return [
    ...program.recipes.flatMap(({ size }): PlaneLayout[] => [
      { type: 'float32', values: size[0] * size[1] * bands },
      { type: 'float64', values: 6 },
    ]),
    ...(program.mask ? [{ type: 'uint8', values: height * width } as const] : []),
    ...(program.softChannels > 0 ? [{ type: 'float32', values: height * width * program.softChannels } as const] : []),
  ];
}

/**
 * A plane in fresh memory.
 *
 * @param layout what it holds per row
 * @param rows number of rows
 * @param shared whether other threads are to write it
 */
export function newPlane({ type, values }: PlaneLayout, rows: number, shared: boolean): Plane {
  const Type: new (buffer: ArrayBufferLike) => Plane = planeTypes[type];
  const bytes = rows * values * planeTypes[type].BYTES_PER_ELEMENT;
  return new Type(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
}

/**
 * Some rows of planes that hold `total` rows.
 *
 * @param planes planes of equally many rows
 * @param total that many
 * @param from first row
 * @param count number of rows
 */
export function rowsOf(planes: readonly Plane[], total: number, from: number, count: number): readonly Plane[] {
  return planes.map((plane) => {
    const values = plane.length / total;
    return plane.subarray(from * values, (from + count) * values);
  });
}

/**
 * Writes one row. What is drawn depends only on the program's seed, the epoch and the draw.
 *
 * @param program what is made of the sample
 * @param sample the sample as read
 * @param epoch number of the epoch
 * @param draw the row
 * @param planes the row's part of every plane
 * @throws LulcError `shape-mismatch` when the image has other bands or another size than the rows
 */
export function writeRow(
  program: RowProgram,
  sample: RawSample,
  epoch: number,
  draw: RowDraw,
  planes: readonly Plane[],
): void {
  if (program.kind === 'prepared') {
    const [image, label] = planes as readonly Float32Array[];
    prepareImage(sample.image, program.preparation, epoch, draw.index, image);
    label.fill(0);
    for (const c of sample.label ?? []) label[c] = 1;
    return;
  }
  writeViews(program, sample, epoch, draw, planes);
}

function writeViews(
  program: ViewRows,
  { image, mask, soft }: RawSample,
  epoch: number,
  { index, draw, focused }: RowDraw,
  planes: readonly Plane[],
): void {
  const { recipes, seed, normalization, background } = program;
  checkImage(program, image, planes[0].length, index);
  const { scaling, clip } =
    normalization === undefined
      ? { scaling: program.scaling, clip: undefined }
      : resolveNormalization(normalization, image);
  const focus =
    focused && mask !== undefined ? focusPixel(mask, background, random(seed, epoch, draw, focusStream)) : undefined;
  const drawnViews = drawViews(recipes, image.shape, random(seed, epoch, draw, viewStream), focus);
  drawnViews.forEach((drawn, view) => {
    renderView(image, drawn, scaling, planes[2 * view] as Float32Array, clip);
    planes[2 * view + 1].set(drawn.affine satisfies Affine);
  });
  const targets = planes.slice(2 * recipes.length);
  if (program.mask) writeMask(mask, image, drawnViews[0], index, targets[0] as Uint8Array);
  if (program.softChannels > 0) writeSoft(program, soft, image, drawnViews[0], index, targets[1] as Float32Array);
}

function writeMask(
  mask: MaskArray | undefined,
  { shape }: ImageArray,
  drawn: DrawnView,
  index: number,
  out: Uint8Array,
): void {
  if (mask === undefined || mask.shape[0] !== shape[0] || mask.shape[1] !== shape[1]) {
    throw new LulcError('shape-mismatch', 'the mask does not have the size of the image', { where: { index } });
  }
  renderMask(mask, drawn, out);
}

/** Through the geometry of the view and nothing else, read at the middle of each pixel; 0 outside the image. */
function writeSoft(
  { softChannels }: ViewRows,
  soft: ImageArray | undefined,
  { shape }: ImageArray,
  drawn: DrawnView,
  index: number,
  out: Float32Array,
): void {
  const expected = [shape[0], shape[1], softChannels];
  if (soft === undefined || soft.shape.some((length, axis) => length !== expected[axis])) {
    throw new LulcError(
      'shape-mismatch',
      `soft targets of ${soft === undefined ? 'no pixels' : soft.shape.join(' x ')} where ${expected.join(' x ')} are expected`,
      { where: { index } },
    );
  }
  renderView(soft, { ...drawn, operations: [], border: 'zero', antialias: false }, undefined, out);
}

function checkImage({ recipes, sourceSize }: ViewRows, { shape }: ImageArray, values: number, index: number): void {
  const bands = values / (recipes[0].size[0] * recipes[0].size[1]);
  if (shape[2] !== bands) {
    throw new LulcError('shape-mismatch', `an image of ${shape[2]} bands where ${bands} are expected`, {
      where: { index },
    });
  }
  if (sourceSize === undefined || (shape[0] === sourceSize[0] && shape[1] === sourceSize[1])) return;
  throw new LulcError(
    'shape-mismatch',
    `an image of ${shape[0]} x ${shape[1]} in batches of ${sourceSize.join(' x ')}`,
    {
      where: { index },
      hint: 'Say to what size images are brought, cut equal crops by a view, or go over whole images in sliding windows.',
    },
  );
}
