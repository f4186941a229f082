import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Numbers of weights. */
export interface Counts {
  /** Values that training changes. */
  readonly trainable: number;
  /** Moving statistics of batch norms. */
  readonly nonTrainable: number;
}

/** Counts the weights of a model, and lets go of it. */
export function counts(model: LayersModel): Counts {
  const count = (weights: { shape: (number | null)[] }[]) =>
    weights.reduce((sum, { shape }) => sum + shape.reduce<number>((product, size) => product * (size ?? 1), 1), 0);
  const result = { trainable: count(model.trainableWeights), nonTrainable: count(model.nonTrainableWeights) };
  model.dispose();
  return result;
}
