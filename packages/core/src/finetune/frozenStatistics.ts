import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { weightedLayers } from './selectLayers.js';

/**
 * Holds TF.js' own batch norms to what those of this library do by themselves: a frozen one works with its moving
 * statistics in training, too, and does not change them.
 *
 * @param model any layers model
 * @returns puts the layers back
 */
export function keepFrozenStatistics(model: LayersModel): () => void {
  const frozen = weightedLayers(model).filter(
    (layer) => layer.getClassName() === 'BatchNormalization' && layer.trainableWeights.length === 0,
  );
  for (const layer of frozen) {
    const call: layers.Layer['call'] = Object.getPrototypeOf(layer).call;
    layer.call = (inputs, kwargs) => call.call(layer, inputs, { ...kwargs, training: false });
  }
  return () => {
    for (const layer of frozen) delete (layer as Partial<layers.Layer>).call;
  };
}
