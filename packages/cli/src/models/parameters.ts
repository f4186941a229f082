import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Number of weights of a model. */
export interface ParameterCount {
  /** Those that training changes by gradients. */
  readonly trainable: number;
  /** With moving statistics. */
  readonly total: number;
}

/** Counts the weights of a model. */
export function countParameters(model: LayersModel): ParameterCount {
  const count = (weights: LayersModel['weights']): number =>
    weights.reduce((sum, { shape }) => sum + shape.reduce<number>((size, side) => size * (side ?? 1), 1), 0);
  return { trainable: count(model.trainableWeights), total: count(model.weights) };
}
