import { reshape as reshapeOp, slice, type Tensor, transpose } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { MultiHeadAttention } from './multiHeadAttentionLayer.js';
import { defineOpLayer } from './opLayer.js';
import { Position, type PositionForm } from './positionLayer.js';
import type { Block } from './sym.js';

const patches = defineOpLayer<{ readonly size: number }>({
  className: 'LulcPatches',
  call: ([x], { size }) => {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const [rows, columns] = [Math.floor(height / size), Math.floor(width / size)];
    const whole = rows * size === height && columns * size === width;
    const image = whole ? x : slice(x, [0, 0, 0, 0], [batch, rows * size, columns * size, channels]);
    // A row of a patch is contiguous; only the rows of neighbouring patches have to be told apart.
    const parted: Tensor = reshapeOp(image, [batch * rows, size, columns, size * channels]);
    return reshapeOp(transpose(parted, [0, 2, 1, 3]), [batch, rows * columns, size * size * channels]);
  },
  outputShape: ([[batch, height, width, channels]], { size }) => [
    batch,
    height === null || width === null ? null : Math.floor(height / size) * Math.floor(width / size),
    size * size * (channels as number),
  ],
});

/**
 * Cuts an image into square patches, `[B, H, W, C] → [B, ⌊H/size⌋ ⌊W/size⌋, size² C]`: patches in rows from the top left,
 * the values of each in the order of its pixels. Pixels that fill no patch, right and below, are left out.
 *
 * @param size height and width of a patch in pixels
 * @throws LulcError `invalid-argument` for a size that is no whole number above 0; `shape-mismatch` when the image is smaller
 */
export function extractPatches(size: number, options: Named = {}): Block<4, 3> {
  requireWhole('patches', 'size', size, options.name);
  return (x) => applyLayer(options.name, 'patches', [x], ({ name }) => patches(name, { size }));
}

/** Swaps tokens and channels, `[B, N, C] → [B, C, N]`. */
export function swapTokens(options: Named = {}): Block<3> {
  return (x) => applyLayer(options.name, 'permute', [x], ({ name }) => layers.permute({ name, dims: [2, 1] }));
}

/** Options of {@link position}. */
export interface PositionOptions extends Named {
  /**
   * `'table'` (default): one learned row per token, `embeddings` `[N, C]`. `'index'`: the token's index, from 0, times one
   * learned row, `kernel` `[1, C]` (the published benchmark's, quirk Q15).
   */
  readonly form?: PositionForm;
}

/**
 * Adds to every token what tells its place, see {@link Position}. Shape unchanged.
 *
 * @throws LulcError `shape-mismatch`, when applied, where the number of tokens is open
 */
export function position({ form = 'table', ...options }: PositionOptions = {}): Block<3> {
  return (x) =>
    applyLayer(options.name, 'position', [x], ({ name, seed }) => new Position({ name, form, seed: seed(0) }));
}

/** Options of {@link multiHeadAttention}. */
export interface MultiHeadAttentionOptions extends Named {
  /** Number of heads, at least 1. */
  readonly heads: number;
  /** Channels of queries, keys and values in each head, at least 1. */
  readonly keyDim: number;
  /** Share of attention dropped in training, [0, 1), default 0. */
  readonly dropout?: number;
}

/**
 * Multi-head self-attention over tokens, see {@link MultiHeadAttention}. Shape unchanged.
 *
 * @throws LulcError `invalid-argument` for numbers out of range
 * @example
 * ```ts
 * import { input, layerNormalization, multiHeadAttention, pipe, residual, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const attend = residual(pipe(layerNormalization<3>(), multiHeadAttention({ heads: 4, keyDim: 16, dropout: 0.1 })));
 * console.log(attend(input<3>({ shape: [36, 64] })).shape); // [null, 36, 64]
 * ```
 */
export function multiHeadAttention({ heads, keyDim, dropout = 0, ...options }: MultiHeadAttentionOptions): Block<3> {
  requireWhole('attention', 'heads', heads, options.name);
  requireWhole('attention', 'keyDim', keyDim, options.name);
  if (!(dropout >= 0 && dropout < 1)) {
    throw new LulcError('invalid-argument', `a dropout rate must be in [0, 1), got ${dropout}`, {
      where: { layer: options.name ?? 'attention' },
    });
  }
  return (x) =>
    applyLayer(options.name, 'attention', [x], ({ name, seed }) => {
      const seeds = [0, 1, 2, 3].map(seed).filter((value) => value !== undefined);
      return new MultiHeadAttention({ name, heads, keyDim, dropout, ...(seeds.length > 0 ? { seeds } : {}) });
    });
}

function requireWhole(kind: string, option: string, value: number, name = kind): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new LulcError('invalid-argument', `${option} must be a whole number above 0, got ${value}`, {
      where: { layer: name, option },
    });
  }
}
