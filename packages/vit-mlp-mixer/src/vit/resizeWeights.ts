import { bicubicTaps, LulcError, type WeightArray } from '@lulc/core';
import { resolveVit, type VitOptions } from './options.js';

/** Rows and columns of a grid of tokens. */
export type Grid = readonly [rows: number, columns: number];

/**
 * Interpolates learned positions for another grid of tokens, bicubically as TensorFlow 2 resizes images (half-pixel centres,
 * no antialiasing): the usual way to use a vision transformer at a resolution it was not trained at (Dosovitskiy et al. 2021,
 * section 3.2).
 *
 * @param table float32 `[rows · columns, channels]`, row by row
 * @param from grid of the table
 * @param to grid wanted
 * @returns `[rows · columns, channels]` of the grid wanted
 * @throws LulcError `invalid-argument` for a grid of other than whole numbers above 0, `shape-mismatch` when the table does
 *   not have the grid `from`
 * @example
 * ```ts
 * import { resizePositionTable } from '@lulc/vit-mlp-mixer';
 *
 * const table = { dtype: 'float32', shape: [4, 1], data: new Float32Array([0, 1, 0, 1]) } as const;
 * console.log(resizePositionTable(table, [2, 2], [4, 4]).shape); // [16, 1]
 * ```
 */
export function resizePositionTable(table: WeightArray, from: Grid, to: Grid): WeightArray {
  if (![...from, ...to].every((side) => Number.isInteger(side) && side > 0)) {
    throw new LulcError('invalid-argument', `a grid needs whole numbers above 0, got [${from}] and [${to}]`);
  }
  const [tokens, channels] = table.shape;
  if (table.shape.length !== 2 || table.dtype !== 'float32' || tokens !== from[0] * from[1]) {
    throw new LulcError('shape-mismatch', `a table ${table.dtype} [${table.shape}] has not the grid [${from}]`);
  }
  return { dtype: 'float32', shape: [to[0] * to[1], channels], data: resizeMap(table.data, channels, from, to) };
}

/** Bicubic resize of a map `[rows, columns, channels]`, in double precision inside. */
function resizeMap(map: ArrayLike<number>, channels: number, from: Grid, to: Grid): Float32Array {
  const [down, across] = [bicubicTaps(from[0], to[0]), bicubicTaps(from[1], to[1])];
  const resized = new Float32Array(to[0] * to[1] * channels);
  for (const [row, vertical] of down.entries()) {
    for (const [column, horizontal] of across.entries()) {
      const begin = (row * to[1] + column) * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const [i, y] of vertical.index.entries()) {
          for (const [j, x] of horizontal.index.entries()) {
            sum += vertical.weight[i] * horizontal.weight[j] * map[(y * from[1] + x) * channels + channel];
          }
        }
        resized[begin + channel] = sum;
      }
    }
  }
  return resized;
}

/**
 * Adapts the weights of a vision transformer to another input size. Learned positions are interpolated
 * ({@link resizePositionTable}). Where the head takes all tokens side by side, its first kernel is a map over the grid too:
 * it is interpolated the same way and scaled by the ratio of token counts, since it sums over that many more or fewer. All
 * other weights stay as they are. Fine-tune after it: patches show another part of the scene.
 *
 * @param weights arrays by weight path, as `weightArrays` or `loadTensors` give them
 * @param options those that the network of the weights was built with, its `inputSize` included
 * @param inputSize new height and width of the input in pixels
 * @returns arrays for the network with the same options and the new input size; unchanged ones are shared
 * @throws LulcError as {@link visionTransformer} does for bad options, `shape-mismatch` when the weights do not have the
 *   options' grid
 * @example
 * ```ts
 * import { loadWeights, useEngine, weightArrays } from '@lulc/core';
 * import { resizeVitWeights, visionTransformer } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * const options = { size: 'ViTM/20', inputSize: 60, layers: 1 } as const;
 * const weights = await weightArrays(visionTransformer(options));
 * const larger = visionTransformer({ ...options, inputSize: 80 });
 * loadWeights(larger, resizeVitWeights(weights, options, 80));
 * ```
 */
export function resizeVitWeights(
  weights: ReadonlyMap<string, WeightArray>,
  options: VitOptions,
  inputSize: number,
): Map<string, WeightArray> {
  const { patch, width, pooling, headMlp, variant, inputSize: before } = resolveVit(options);
  const grid = (size: number): Grid => [Math.floor(size / patch), Math.floor(size / patch)];
  const [from, to] = [grid(before), grid(inputSize)];
  const adapted = new Map(weights);
  const adapt = (path: string, change: (array: WeightArray) => WeightArray) => {
    const array = weights.get(path);
    if (array !== undefined) adapted.set(path, change(array));
  };
  if (variant === 'corrected') {
    adapt('patch/position/embeddings', (table) => resizePositionTable(table, from, to));
  }
  if (pooling === 'flatten') {
    adapt(headMlp.length > 0 ? 'head_mlp1/kernel' : 'head/kernel', (kernel) => {
      const [inputs, units] = kernel.shape;
      const tokens = from[0] * from[1];
      const perToken = { ...kernel, shape: [inputs / width, width * units] };
      const { data, shape } = resizePositionTable(perToken, from, to);
      const share = tokens / shape[0];
      return {
        dtype: 'float32',
        shape: [shape[0] * width, units],
        data: Float32Array.from(data, (value) => value * share),
      };
    });
  }
  return adapted;
}
