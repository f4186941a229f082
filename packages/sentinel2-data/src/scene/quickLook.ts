import type { Scene, ScenePixels } from '@lulc/core';

/** An image made smaller: means over squares of pixels. */
export interface Reduced {
  /** `[height, width]`. */
  readonly size: readonly [number, number];
  /** `[height, width, channels]`: means over the pixels with data. */
  readonly means: Float32Array;
  /** `[height, width]`: share of the pixels with data. */
  readonly share: Float32Array;
}

/** Rows of a scene that are read at once, about. */
const rowsAtOnce = 256;

/**
 * A scene made smaller by a whole number, in one pass over it.
 *
 * @param scene the scene
 * @param factor pixels that become one, on either axis
 * @param channels which bands
 */
export async function reduceScene(scene: Scene, factor: number, channels: readonly number[]): Promise<Reduced> {
  const [height, width] = scene.size;
  const size = [Math.ceil(height / factor), Math.ceil(width / factor)] as const;
  const means = new Float32Array(size[0] * size[1] * channels.length);
  const share = new Float32Array(size[0] * size[1]);
  const step = factor * Math.max(1, Math.floor(rowsAtOnce / factor));
  for (let top = 0; top < height; top += step) {
    const rows = Math.min(step, height - top);
    addRows(await scene.read({ top, left: 0, rows, columns: width }), top, factor, channels, size[1], means, share);
  }
  for (let pixel = 0; pixel < share.length; pixel++) {
    const count = share[pixel];
    for (let c = 0; c < channels.length; c++) means[pixel * channels.length + c] /= Math.max(1, count);
    const y = Math.floor(pixel / size[1]) * factor;
    const x = (pixel % size[1]) * factor;
    share[pixel] /= Math.min(factor, height - y) * Math.min(factor, width - x);
  }
  return { size, means, share };
}

function addRows(
  { image: { data, shape }, valid }: ScenePixels,
  top: number,
  factor: number,
  channels: readonly number[],
  columns: number,
  sums: Float32Array,
  counts: Float32Array,
): void {
  const [rows, width, bands] = shape;
  for (let y = 0; y < rows; y++) {
    const line = Math.floor((top + y) / factor) * columns;
    for (let x = 0; x < width; x++) {
      if (valid[y * width + x] === 0) continue;
      const to = line + Math.floor(x / factor);
      const from = (y * width + x) * bands;
      counts[to]++;
      for (let c = 0; c < channels.length; c++) sums[to * channels.length + c] += data[from + channels[c]];
    }
  }
}

/** Share of the pixels of each channel that the stretch leaves out at either end. */
const leftOut = 0.02;

/**
 * A picture of a reduced scene: each channel stretched between the second and the ninety-eighth percentile.
 *
 * @param reduced three channels, or one for grey
 * @returns `[height, width, 4]`: red, green, blue, opacity; what has no data is transparent
 */
export function stretched({ means, share }: Reduced): Uint8Array {
  const channels = means.length / share.length;
  const picture = new Uint8Array(4 * share.length);
  for (let c = 0; c < 3; c++) {
    const from = Math.min(c, channels - 1);
    const values = Float32Array.from({ length: share.length }, (_, i) => means[i * channels + from]);
    const known = values.filter((_, i) => share[i] > 0).sort();
    const at = (fraction: number) => known[Math.round(fraction * (known.length - 1))] ?? 0;
    const [low, high] = [at(leftOut), at(1 - leftOut)];
    values.forEach((value, i) => {
      const level = Math.min(1, Math.max(0, (value - low) / Math.max(high - low, 1e-6)));
      picture[4 * i + c] = Math.round(255 * level);
    });
  }
  share.forEach((value, i) => {
    picture[4 * i + 3] = value > 0 ? 255 : 0;
  });
  return picture;
}

/**
 * Paints over a picture where a map is above 0.
 *
 * @param picture from {@link stretched}; changed
 * @param map one channel, 0 … 1, of the same size
 * @param colour red, green and blue, 0 to 255
 * @param opacity where the map is 1
 */
export function overlay(
  picture: Uint8Array,
  { means }: Reduced,
  colour: readonly [number, number, number],
  opacity: number,
): void {
  for (let i = 0; i < means.length; i++) {
    const weight = opacity * Math.min(1, Math.max(0, means[i]));
    for (let c = 0; c < 3; c++) {
      picture[4 * i + c] = Math.round((1 - weight) * picture[4 * i + c] + weight * colour[c]);
    }
  }
}
