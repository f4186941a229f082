import { knownOption, requireCount } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { projectionHead } from '../heads/projectionHead.js';
import { cosineDistance } from '../losses/cosineDistance.js';
import type { PretrainingMethod } from '../method/method.js';
import { type CopyStatistics, copyStatistics, momentumCopy } from '../momentum/momentumCopy.js';
import { rampedMomentum, stepCount } from '../momentum/steps.js';
import { viewTensor } from '../trunk/trunk.js';
import { type Branch, branch, methodRun, pooled, project, viewsOf } from './branch.js';
import { requireFraction, requireUnits } from './optionChecks.js';

/** Options of {@link byol}. */
export interface ByolOptions {
  /** Sizes of the projection head's layers; default `[512, 128]` (BYOL's own: 4096, 256). */
  readonly projection?: readonly number[];
  /** Sizes of the predictor's layers before its last, which is as large as the projection; default `[512]` (own: 4096). */
  readonly predictor?: readonly number[];
  /** Share of the copy that a step keeps, [0, 1]; default 0.996. */
  readonly momentum?: number;
  /** Steps in which the momentum rises to 1 along a cosine; default 0: it stays. BYOL's own is the length of the run. */
  readonly ramp?: number;
  /** What the batch normalisations of the copy work with; default `'batch'`. */
  readonly statistics?: CopyStatistics;
}

/**
 * BYOL (Grill et al. 2020, arXiv:2006.07733): from each view's embedding a predictor tells that of the other view, as a slowly
 * moving copy of network and projection head gives it; the sum of both directions is the loss, 0 to 8. There are no
 * negatives, so small batches do. It trains the network up to its encoded map, whose mean is embedded.
 *
 * Heads have batch normalisation before each ReLU. A collapsed network has the lowest loss: watch the health of the run, not the
 * loss.
 *
 * @param options see {@link ByolOptions}
 * @returns the method
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { byol } from '@lulc/contrastive-ssl';
 *
 * console.log(byol({ ramp: 10_000 }).configuration.momentum); // 0.996
 * ```
 */
export function byol(options: ByolOptions = {}): PretrainingMethod {
  const { projection = [512, 128], predictor = [512], momentum = 0.996, ramp = 0 } = options;
  const statistics = knownOption('statistics', options.statistics ?? 'batch', copyStatistics);
  requireFraction({ momentum });
  requireUnits({ projection });
  if (predictor.length > 0) requireUnits({ predictor });
  if (ramp !== 0) requireCount({ ramp });
  const dimensions = projection[projection.length - 1];
  return {
    name: 'byol',
    configuration: { projection: [...projection], predictor: [...predictor], momentum, ramp, statistics },
    trains: 'encoded',
    views: 2,
    create: ({ network, seed }) => {
      const projector = (features: number) =>
        projectionHead({ name: 'projection', features, units: projection, normalised: true, seed });
      const live = branch(network(), 'encoded', ({ encodedChannels }) => ({
        projection: projector(encodedChannels),
        predictor: projectionHead({
          name: 'predictor',
          features: dimensions,
          units: [...predictor, dimensions],
          normalised: true,
          seed,
        }),
      }));
      const slow = branch(network(), 'encoded', ({ encodedChannels }) => ({ projection: projector(encodedChannels) }));
      const copy = momentumCopy(live.models.slice(0, 2), slow.models, statistics);
      const steps = stepCount();
      const embed = ({ trunk, heads }: Branch, images: tf.Tensor, training: boolean): tf.Tensor2D =>
        project(heads.projection, pooled(trunk.maps(images as tf.Tensor4D, training).encoded), training);
      return methodRun({
        branch: live,
        state: [...copy.state, steps.entry],
        tensors: (batch) => viewsOf(batch, 2).map((view) => viewTensor(view, live.trunk.model)),
        loss: ([first, second]) => {
          const keep = ramp === 0 ? momentum : rampedMomentum(momentum, ramp, steps.done());
          const loss = copy.step(
            keep,
            () => [embed(slow, first, copy.training), embed(slow, second, copy.training)] as const,
            ([ofFirst, ofSecond]) => {
              const predict = (images: tf.Tensor) => project(live.heads.predictor, embed(live, images, true), true);
              return tf.add(
                cosineDistance(predict(first), ofSecond),
                cosineDistance(predict(second), ofFirst),
              ) as tf.Scalar;
            },
          );
          steps.next();
          return loss;
        },
        dispose: () => {
          slow.dispose();
          steps.dispose();
        },
      });
    },
  };
}
