import { LulcError, requireCount } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';

/** Numbers that one chunk of regions may take on the way. */
const numbersAtATime = 2 ** 25;

/**
 * How much each cell of a map's axis counts in the mean over an interval of pixels, when the map stands for an image by
 * bilinear resizing.
 *
 * The interval covers pixels in part or whole; pixel `i` covers `[i, i + 1)`. Of length 1 it is one pixel at `i + 0.5`, and
 * between two pixels their linear mixture.
 *
 * @param from begin of the interval, in pixels
 * @param to its end, above `from`; both within 0 … `pixels`
 * @param pixels pixels of the image along the axis
 * @param cells cells of the map along the axis
 * @param out where the weights are added, `cells` numbers; in all they come to 1
 * @param alignCorners whether cell 0 lies at pixel 0 and the last cell at the last pixel (default); otherwise cells are as
 *   far apart as they are wide, the first half its width from the border
 */
export function addIntervalWeights(
  from: number,
  to: number,
  pixels: number,
  cells: number,
  out: Float64Array | Float32Array,
  alignCorners = true,
): void {
  const ratio = pixels > 1 ? (cells - 1) / (pixels - 1) : 0;
  const positionOf = (pixel: number): number =>
    alignCorners ? pixel * ratio : Math.min(Math.max(((pixel + 0.5) * cells) / pixels - 0.5, 0), cells - 1);
  const last = Math.min(Math.ceil(to), pixels) - 1;
  for (let pixel = Math.max(0, Math.floor(from)); pixel <= last; pixel++) {
    const covered = (Math.min(to, pixel + 1) - Math.max(from, pixel)) / (to - from);
    const position = positionOf(pixel);
    const cell = Math.min(Math.floor(position), cells - 1);
    const beyond = position - cell;
    out[cell] += covered * (1 - beyond);
    if (beyond > 0) out[cell + 1] += covered * beyond;
  }
}

/** Regions that are taken together. */
interface Part {
  readonly from: number;
  readonly count: number;
}

const chunkFor = ({ shape: [batch, , width, channels] }: tf.Tensor4D): number =>
  Math.max(1, Math.floor(numbersAtATime / (batch * width * channels)));

/**
 * Means of a dense map over boxes of the image it stands for, without making the map in the image's size: resizing is
 * linear and separable, so that a mean over a box is the map times one weight per row and one per column.
 *
 * Equal to resizing bilinearly and averaging the crop, which is what RoI pooling to a box's own size
 * and a global mean give. Memory: bounded chunks of regions of `width · channels` numbers each.
 *
 * @param map `[B, h, w, C]`
 * @param rows weights of the map's rows in each of P regions, `[B, P, h]`, see {@link addIntervalWeights}
 * @param columns weights of its columns, `[B, P, w]`
 * @param chunk regions of an image that are taken at a time, from 1; the result does not depend on it. Default: as many as
 *   make 2²⁵ numbers on the way, 128 MiB
 * @returns `[B · P, C]`, all regions of an image together; differentiable in `map`
 * @throws LulcError `shape-mismatch` when the shapes do not fit, `invalid-argument` for a `chunk` that is no count
 */
export function regionMeans(
  map: tf.Tensor4D,
  rows: tf.Tensor3D,
  columns: tf.Tensor3D,
  chunk: number = chunkFor(map),
): tf.Tensor2D {
  requireCount({ chunk });
  const [batch, height, width, channels] = map.shape;
  const [, regions] = rows.shape;
  if (
    !tf.util.arraysEqual(rows.shape, [batch, regions, height]) ||
    !tf.util.arraysEqual(columns.shape, [batch, regions, width])
  ) {
    throw new LulcError('shape-mismatch', `a map [${map.shape}] has weights [${rows.shape}] and [${columns.shape}]`, {
      hint: 'They must be [B, regions, h] and [B, regions, w].',
    });
  }
  const parts = Array.from({ length: Math.ceil(regions / chunk) }, (_, i): Part => {
    const from = i * chunk;
    return { from, count: Math.min(chunk, regions - from) };
  });
  const slice = (x: tf.Tensor3D, { from, count }: Part): tf.Tensor3D =>
    parts.length === 1 ? x : tf.slice(x, [0, from, 0], [-1, count, -1]);

  return tf.tidy(() => {
    const op = tf.customGrad((...args) => {
      const [x, save] = args as [tf.Tensor4D, tf.GradSaveFunc];
      save([rows, columns]);
      const flat = tf.reshape(x, [batch, height, width * channels]);
      const means = parts.map((part) =>
        tf.tidy(() => {
          const lines = tf.reshape(tf.matMul(slice(rows, part), flat), [batch * part.count, width, channels]);
          const weights = tf.reshape(slice(columns, part), [batch * part.count, 1, width]);
          return tf.reshape(tf.matMul(weights, lines), [batch, part.count, channels]);
        }),
      );
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
        const [savedRows, savedColumns] = saved as [tf.Tensor3D, tf.Tensor3D];
        const slopes = tf.reshape(dy, [batch, regions, channels]) as tf.Tensor3D;
        const partOf = (part: Part): tf.Tensor => {
          const weights = tf.reshape(slice(savedColumns, part), [batch * part.count, width, 1]);
          const lines = tf.mul(weights, tf.reshape(slice(slopes, part), [batch * part.count, 1, channels]));
          const flatLines = tf.reshape(lines, [batch, part.count, width * channels]);
          return tf.matMul(slice(savedRows, part), flatLines, true);
        };
        const sum = parts.reduce<tf.Tensor | undefined>((before, part) => {
          const next = tf.tidy(() => (before === undefined ? partOf(part) : tf.add(before, partOf(part))));
          before?.dispose();
          return next;
        }, undefined);
        return tf.reshape(sum as tf.Tensor, map.shape);
      };
      return { value: tf.reshape(tf.concat(means, 1), [batch * regions, channels]), gradFunc };
    });
    return op(map) as tf.Tensor2D;
  });
}
