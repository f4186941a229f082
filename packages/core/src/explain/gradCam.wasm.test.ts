import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { useEngine } from '../runtime/useEngine.js';
import { sampleModel } from '../testing/sampleModel.js';
import { gradCam } from './gradCam.js';

test.each(['predicted', 1] as const)('maps of class %s on wasm equal those of the cpu engine', async (classIndex) => {
  const maps: Float32Array[] = [];
  for (const engine of ['cpu', 'wasm'] as const) {
    await useEngine(engine);
    const model = sampleModel();
    const shape = model.inputs[0].shape.slice(1) as number[];
    const values = Float32Array.from({ length: 2 * shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.7));
    const images = tf.tensor4d(values, [2, ...shape] as [number, number, number, number]);
    const result = gradCam(model, images, { classIndex });
    maps.push((await result.data()) as Float32Array);
    tf.dispose([result, images]);
    model.dispose();
  }
  const [cpu, wasm] = maps;
  expect(Math.max(...wasm)).toBe(1);
  for (const [i, value] of wasm.entries()) expect(Math.abs(value - cpu[i])).toBeLessThan(1e-4);
});
