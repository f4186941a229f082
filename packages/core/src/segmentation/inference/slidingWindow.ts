import { LulcError } from '../../errors/lulcError.js';
import { requireCount } from '../../errors/optionChecks.js';
import { ensemblePredictor } from './ensemblePredictor.js';
import { type MirrorAxis, withMirrors } from './mirror.js';
import type { StripWriter, TileNetwork, TileReader } from './types.js';
import { coverage, type Importance, importanceProfile, type WindowPlacement, windowStarts } from './windows.js';

/** How a window slides, whatever it slides over. */
export interface WindowOptions {
  /**
   * A segmenter (its logits are blended), or any function of tiles (what it gives is blended): an ONNX session, say. Of
   * several, such as the folds of a cross-validation, the mean of what they give is blended.
   */
  readonly network: TileNetwork | readonly TileNetwork[];
  /** Height and width of a tile. Default the input size of the (first) model that has one; else it is needed. */
  readonly tile?: readonly [number, number];
  /** Share of a tile that its neighbour covers at least, [0, 1); default 0.5. */
  readonly overlap?: number;
  /** Default `'gaussian'`. */
  readonly importance?: Importance;
  /** Default `'even'`. */
  readonly placement?: WindowPlacement;
  /** Tiles per call of the network, default 4. */
  readonly batchSize?: number;
  /** Axes along which tiles are mirrored as well, all combinations being averaged (test-time augmentation); default none. */
  readonly mirror?: readonly MirrorAxis[];
  /** Ends it with a LulcError `aborted`. */
  readonly signal?: AbortSignal;
}

/** Options of {@link slidingWindow}. */
export interface SlidingWindowOptions extends WindowOptions {
  /** Height and width of the image. */
  readonly size: readonly [number, number];
  /** Where pixels come from. */
  readonly read: TileReader;
  /** Where finished rows go. */
  readonly write: StripWriter;
}

/**
 * Runs a network over an image of any size in overlapping tiles and blends what it gives: the mean, weighted with each
 * pixel's importance in its tile. Tiles reach beyond an image only where it is smaller (or the placement is `'fixed'`); what
 * lies outside is 0. Of a tile without anything to see (the reader gives `undefined`) no network is asked; it counts as zeros.
 *
 * Memory does not grow with the height: one row of tiles is held, `tileHeight · width · classes` values, and rows are
 * written as soon as no further tile touches them.
 *
 * Defaults are nnU-Net's (Isensee et al. 2021). GLCNet's released evaluation is `tile: [256, 256], importance: 'uniform',
 * placement: 'fixed'`, without the additional step that it makes along an axis which already fits.
 *
 * @param options see {@link SlidingWindowOptions}
 * @throws LulcError `invalid-argument` or `unknown-name` for an option, `shape-mismatch` when the reader or the network
 *   gives another number of values, `incompatible` for a model without logits, `aborted` by the signal; whatever reader,
 *   writer or network throw
 * @example
 * ```ts
 * import { slidingWindow } from '@lulc/core/segmentation';
 *
 * // Each pixel's "class scores" are its value and its negative.
 * await slidingWindow({
 *   network: async (tiles) => Float32Array.from({ length: 2 * tiles.length }, (_, i) => (i % 2 ? -1 : 1) * tiles[i >> 1]),
 *   size: [100, 80],
 *   tile: [32, 32],
 *   read: ({ rows, columns }) => new Float32Array(rows * columns).fill(3),
 *   write: ({ top, rows, values }) => console.log(top, rows, values[0], values[1]), // 0 14 3 -3 …
 * });
 * ```
 */
export async function slidingWindow(options: SlidingWindowOptions): Promise<void> {
  const { network, size, batchSize = 4, overlap, importance, placement, mirror = [], read, write, signal } = options;
  requireCount({ height: size[0], width: size[1], batchSize });
  const ensemble = ensemblePredictor(network);
  try {
    const tile = options.tile ?? ensemble.tile;
    if (tile === undefined) {
      throw new LulcError('invalid-argument', 'the network does not say how large its tiles are', {
        where: { option: 'tile' },
        hint: 'Give tile: [height, width].',
      });
    }
    const axes = ([0, 1] as const).map((axis) => {
      const starts = windowStarts(size[axis], tile[axis], overlap, placement);
      const profile = importanceProfile(tile[axis], importance);
      return { starts, profile, coverage: coverage(size[axis], starts, profile) };
    });
    const predict = withMirrors(ensemble.predict, mirror);
    const [{ starts: tops }, { starts: lefts }] = axes;
    const buffer: TileBuffer = { values: new Float32Array() };
    let rows: BlendedRows | undefined;
    for (const [i, top] of tops.entries()) {
      for await (const { tiles, shape, batch } of readTiles(read, buffer, lefts, top, tile, size, batchSize)) {
        if (signal?.aborted) throw aborted();
        const values = await predict(tiles, shape);
        rows ??= createRows(size[1], tile, classesOf(values, shape));
        addTiles(rows, values, batch, tile, axes[0].profile, axes[1].profile);
      }
      if (signal?.aborted) throw aborted();
      const end = tops[i + 1] ?? size[0];
      if (rows !== undefined) await writeRows(rows, { top, end }, axes[0].coverage, axes[1].coverage, write);
      else await write({ top, rows: end - top, width: size[1], classes: 0, values: new Float32Array() });
    }
  } finally {
    ensemble.dispose();
  }
}

const aborted = () => new LulcError('aborted', 'the sliding window was aborted');

/** The sums of the rows that tiles still touch. */
interface BlendedRows {
  readonly width: number;
  readonly classes: number;
  /** `[tileHeight, width, classes]`: importance times value, summed over tiles. */
  readonly sums: Float32Array;
}

const createRows = (width: number, [height]: readonly [number, number], classes: number): BlendedRows => ({
  width,
  classes,
  sums: new Float32Array(height * width * classes),
});

/** Tiles that are predicted together. */
interface TileBatch {
  /** First columns of the tiles. */
  readonly batch: readonly number[];
  /** `[n, tileHeight, tileWidth, bands]`. */
  readonly tiles: Float32Array;
  /** Of the tiles. */
  readonly shape: readonly [number, number, number, number];
}

/** What tiles are gathered in; the memory is that of the first batch. */
interface TileBuffer {
  values: Float32Array;
}

/** The tiles of a row that are not empty, in batches; each is valid until the next is asked for. */
async function* readTiles(
  read: TileReader,
  buffer: TileBuffer,
  lefts: readonly number[],
  top: number,
  [height, width]: readonly [number, number],
  size: readonly [number, number],
  batchSize: number,
): AsyncGenerator<TileBatch> {
  let batch: number[] = [];
  for (const [i, left] of lefts.entries()) {
    const window = { top, left, rows: Math.min(height, size[0] - top), columns: Math.min(width, size[1] - left) };
    const pixels = await read(window);
    if (pixels !== undefined) {
      const bands = pixels.length / (window.rows * window.columns);
      const length = height * width * bands;
      if (buffer.values.length === 0) buffer.values = new Float32Array(batchSize * length);
      if (!Number.isInteger(bands) || bands < 1 || buffer.values.length !== batchSize * length) {
        throw new LulcError(
          'shape-mismatch',
          `the reader gave ${pixels.length} values for ${window.rows} x ${window.columns} pixels`,
          { where: { top, left }, hint: 'It must give [rows, columns, bands].' },
        );
      }
      const tile = buffer.values.subarray(batch.length * length, (batch.length + 1) * length);
      if (pixels.length < length) tile.fill(0);
      const line = window.columns * bands;
      for (let y = 0; y < window.rows; y++) tile.set(pixels.subarray(y * line, (y + 1) * line), y * width * bands);
      batch.push(left);
    }
    if (batch.length === batchSize || (batch.length > 0 && i === lefts.length - 1)) {
      const bands = buffer.values.length / (batchSize * height * width);
      const shape = [batch.length, height, width, bands] as const;
      yield { batch, tiles: buffer.values.subarray(0, batch.length * height * width * bands), shape };
      batch = [];
    }
  }
}

function classesOf(values: Float32Array, [n, height, width]: readonly number[]): number {
  const classes = values.length / (n * height * width);
  if (Number.isInteger(classes) && classes > 0) return classes;
  throw new LulcError('shape-mismatch', `the network gave ${values.length} values for ${n} tiles`, {
    hint: 'It must give [n, tileHeight, tileWidth, classes].',
  });
}

/** Adds tiles of one row of tiles, each value times its pixel's importance. */
function addTiles(
  { width, classes, sums }: BlendedRows,
  values: Float32Array,
  lefts: readonly number[],
  [tileHeight, tileWidth]: readonly [number, number],
  vertical: Float64Array,
  horizontal: Float64Array,
): void {
  if (values.length !== lefts.length * tileHeight * tileWidth * classes) {
    throw new LulcError('shape-mismatch', `the network gave ${values.length} values for ${lefts.length} tiles`);
  }
  // One weight per value, so that the loop over a line does not know of classes.
  const weights = Float64Array.from({ length: tileWidth * classes }, (_, i) => horizontal[Math.floor(i / classes)]);
  lefts.forEach((left, n) => {
    const line = Math.min(tileWidth, width - left) * classes;
    for (let y = 0; y < tileHeight; y++) {
      const from = (n * tileHeight + y) * tileWidth * classes;
      const to = (y * width + left) * classes;
      for (let i = 0; i < line; i++) sums[to + i] += vertical[y] * weights[i] * values[from + i];
    }
  });
}

/** Hands over the rows that are finished and moves the others up. */
async function writeRows(
  { width, classes, sums }: BlendedRows,
  { top, end }: { readonly top: number; readonly end: number },
  vertical: Float64Array,
  horizontal: Float64Array,
  write: StripWriter,
): Promise<void> {
  const rows = end - top;
  const finished = sums.subarray(0, rows * width * classes);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const weight = 1 / (vertical[top + y] * horizontal[x]);
      const pixel = (y * width + x) * classes;
      for (let c = pixel; c < pixel + classes; c++) finished[c] *= weight;
    }
  }
  await write({ top, rows, width, classes, values: finished });
  sums.copyWithin(0, finished.length);
  sums.fill(0, sums.length - finished.length);
}
