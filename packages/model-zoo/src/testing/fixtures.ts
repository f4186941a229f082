import { readFileSync } from 'node:fs';
import { logitsModel, type WeightArray } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { fill, uniform } from './hashWeights.js';

/** What a script beside the fixtures recorded of a network elsewhere. */
export interface Recorded {
  /** Height and width of the image. */
  readonly size: number;
  /** Logits, or features, of the image. */
  readonly outputs: readonly (readonly number[])[];
  /** Shapes of a large network's weights by name. */
  readonly weights?: Readonly<Record<string, readonly number[]>>;
}

const folder = new URL('../import/fixtures/', import.meta.url);

/** Bytes of a fixture. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, folder)));
}

/** What was recorded of a network. */
export function recorded(name: string): Recorded {
  return JSON.parse(new TextDecoder().decode(fixture(`${name}.json`)));
}

/** The weights that the recorded network had, under its names. */
export function recordedWeights({ weights = {} }: Recorded, dialect: 'torch' | 'keras'): Map<string, WeightArray> {
  return new Map(
    Object.entries(weights).map(([name, shape]) => {
      const [layer, role] = name.split(/[./](?=[^./]*$)/);
      if (layer === 'normalization') return [name, constant(shape, role === 'variance' ? 1 : 0)];
      return [name, fill(name, shape, role, dialect)];
    }),
  );
}

/**
 * Compares what a model computes of the recorded image with what the network elsewhere did.
 *
 * @param bands which band of the image each band of the model is; those of a photograph when absent
 * @param network computes what was recorded; the logits when absent
 */
export async function expectSameOutputs(
  model: LayersModel,
  { size, outputs }: Pick<Recorded, 'size' | 'outputs'>,
  { bands = [0, 1, 2], network = logitsModel(model) }: { bands?: readonly number[]; network?: LayersModel } = {},
): Promise<void> {
  const channels = Math.max(...bands) + 1;
  const image = uniform('image', [outputs.length, size, size, channels]);
  const ordered = Float32Array.from({ length: (image.length / channels) * bands.length }, (_, i) => {
    return image[Math.floor(i / bands.length) * channels + bands[i % bands.length]];
  });
  const result = tf.tidy(() => {
    return network.predict(tf.tensor4d(ordered, [outputs.length, size, size, bands.length])) as tf.Tensor;
  });
  const found = (await result.array()) as number[][];
  const scale = Math.max(...outputs.flat().map(Math.abs));
  outputs.forEach((row, i) => {
    row.forEach((value, j) => {
      expect(Math.abs(found[i][j] - value) / scale, `output ${i}, ${j}: ${found[i][j]} for ${value}`).toBeLessThan(
        2e-5,
      );
    });
  });
}

function constant(shape: readonly number[], value: number): WeightArray {
  return { dtype: 'float32', shape, data: new Float32Array(shape.reduce((size, side) => size * side, 1)).fill(value) };
}
