import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { captured } from '../../ops/capture.js';
import { segmentationLogits } from '../segmenter.js';
import type { TilePredictor } from './types.js';

/** A segmenter as a function of tiles. */
export interface ModelPredictor {
  /** Gives logits. */
  readonly predict: TilePredictor;
  /** The model's input size; nothing where it takes any. */
  readonly tile: readonly [number, number] | undefined;
  /** Frees what was recorded. */
  dispose(): void;
}

/**
 * The logits of a segmenter as a function of tiles.
 *
 * @param model a segmenter
 * @throws LulcError `incompatible` when the model has no layer `logits`
 */
export function modelPredictor(model: LayersModel): ModelPredictor {
  const network = segmentationLogits(model);
  const [, height, width] = model.inputs[0].shape;
  const prediction = captured(
    ([tiles]) => [tf.tidy(() => network.apply(tiles, { training: false }) as tf.Tensor)],
    'frozen',
  );
  return {
    predict: async (tiles, shape) => {
      const [logits] = tf.tidy(() => prediction.run([tf.tensor4d(tiles, [...shape])]));
      try {
        return await logits.data<'float32'>();
      } finally {
        logits.dispose();
      }
    },
    tile: height === null || width === null ? undefined : [height, width],
    dispose: () => prediction.dispose(),
  };
}
