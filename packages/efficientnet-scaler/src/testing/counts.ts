import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { EfficientNetSize, Orientation } from '../index.js';

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

/**
 * Keras' networks for 10 bands and 19 classes: trainable weights as the specification has them (benchmark 1.7); these and
 * the moving statistics were also counted with Keras 3 (`keras.applications.EfficientNetB0(include_top=False, weights=None,
 * input_shape=(120, 120, 10), pooling="avg")` …, and the head).
 */
export const kerasCounts: Readonly<Record<EfficientNetSize, Counts>> = {
  B0: { trainable: 4_033_903, nonTrainable: 42_016 },
  B1: { trainable: 6_539_539, nonTrainable: 62_048 },
  B2: { trainable: 7_729_781, nonTrainable: 67_568 },
  B3: { trainable: 10_727_955, nonTrainable: 87_296 },
  B4: { trainable: 17_585_707, nonTrainable: 125_200 },
  B5: { trainable: 28_382_739, nonTrainable: 172_736 },
  B6: { trainable: 40_783_027, nonTrainable: 224_432 },
  B7: { trainable: 63_839_651, nonTrainable: 310_720 },
};

/** The benchmark's own EfficientNets with ECA, without and with ghosts, as coded (benchmark 1.7). */
export const publishedCounts: Readonly<
  Record<
    Orientation,
    Readonly<Record<Exclude<EfficientNetSize, 'B0'>, { readonly plain: number; readonly ghost: number }>>
  >
> = {
  standard: {
    B1: { plain: 5_449_479, ghost: 3_118_151 },
    B2: { plain: 6_435_985, ghost: 3_670_929 },
    B3: { plain: 8_894_397, ghost: 5_009_917 },
    B4: { plain: 14_505_145, ghost: 8_045_113 },
    B5: { plain: 23_281_211, ghost: 12_686_651 },
    B6: { plain: 33_367_293, ghost: 18_035_421 },
    B7: { plain: 52_029_909, ghost: 27_772_629 },
  },
  swapped: {
    B1: { plain: 4_014_623, ghost: 2_402_975 },
    B2: { plain: 7_837_467, ghost: 4_442_203 },
    B3: { plain: 10_627_195, ghost: 5_981_563 },
    B4: { plain: 19_268_145, ghost: 10_693_393 },
    B5: { plain: 31_314_669, ghost: 17_187_917 },
    B6: { plain: 47_503_033, ghost: 25_850_937 },
    B7: { plain: 67_325_373, ghost: 36_484_413 },
  },
};
