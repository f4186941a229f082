import { cloudLoss, type DistanceOptions, distillationDistance, distillationObjective } from '@lulc/cloud-unet-kd';
import { segmentationLoss } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import type { Statistics } from '../golden/files.js';
import { type Filled, fill } from '../golden/hash.js';
import { type Comparison, compareStatistics } from './comparison.js';

type DistanceKey = 'klPixelMean' | 'klAllElementMean' | 'mseProb' | 'mseLogit';

/** A student that learns from labels and a teacher. */
export interface DistillationCase {
  readonly student: Filled;
  readonly teacher: Filled;
  readonly labels: Filled;
  readonly temperature: number;
  readonly alpha: number;
  readonly hard: number;
  readonly distances: Readonly<Record<DistanceKey, number>>;
  readonly totals: Readonly<Record<DistanceKey, number>>;
  readonly gradStudent: Readonly<Record<DistanceKey, Statistics>>;
}

/** The file's distances as options here. */
const distances: Readonly<Record<DistanceKey, DistanceOptions>> = {
  klPixelMean: { distance: 'kl' },
  klAllElementMean: { distance: 'kl', variant: 'reference' },
  mseProb: { distance: 'mse-prob' },
  mseLogit: { distance: 'mse-logit' },
};

const scalarOf = (make: () => tf.Scalar): number => tf.tidy(() => make().dataSync()[0]);

/**
 * Distances, totals and gradients of a case.
 *
 * @param what names the case
 * @param example from the file
 * @param seed of the file
 * @param tolerances of losses and gradients
 */
export function* compareDistillation(
  what: string,
  { student, teacher, labels, temperature, alpha, ...expected }: DistillationCase,
  seed: number,
  tolerances: { readonly lossAbs: number; readonly gradientTolerance: (expected: number) => number },
): Iterable<Comparison> {
  const { lossAbs: tolerance, gradientTolerance } = tolerances;
  const tensorOf = (filled: Filled) =>
    tf.tensor4d(fill(filled, seed), filled.shape as [number, number, number, number]);
  const [logits, soft] = [tensorOf(student), tensorOf(teacher)];
  const masks = tf.tensor3d(Int32Array.from(fill(labels, seed)), labels.shape as [number, number, number], 'int32');
  const hard = scalarOf(() => segmentationLoss(cloudLoss)(logits, masks));
  yield { what: `${what}, labels`, got: hard, expected: expected.hard, tolerance };
  for (const [key, options] of Object.entries(distances) as [DistanceKey, DistanceOptions][]) {
    const told = { ...options, temperature };
    const distance = scalarOf(() => distillationDistance(logits, soft, told));
    yield { what: `${what}, ${key}`, got: distance, expected: expected.distances[key], tolerance };
    const objective = distillationObjective({ ...told, alpha });
    const total = (z: tf.Tensor) =>
      objective.loss({ logits: z as tf.Tensor4D, deep: [], weights: [1] }, { masks, soft });
    yield {
      what: `${what}, ${key} total`,
      got: scalarOf(() => total(logits)),
      expected: expected.totals[key],
      tolerance,
    };
    const gradient = tf.tidy(() => tf.grad(total)(logits).dataSync());
    yield* compareStatistics(`${what}, ${key} gradient`, gradient, expected.gradStudent[key], gradientTolerance);
  }
  tf.dispose([logits, soft, masks]);
}
