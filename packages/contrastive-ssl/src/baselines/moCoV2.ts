import { knownOption, requireAbove, requireCount } from '@lulc/core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { projectionHead } from '../heads/projectionHead.js';
import { infoNce } from '../losses/infoNce.js';
import { unitRows } from '../losses/unitRows.js';
import type { PretrainingMethod } from '../method/method.js';
import { type CopyStatistics, copyStatistics, momentumCopy } from '../momentum/momentumCopy.js';
import { embeddingQueue } from '../momentum/queue.js';
import { viewTensor } from '../trunk/trunk.js';
import { branch, methodRun, pooled, project, viewsOf } from './branch.js';
import { requireFraction, requireUnits } from './optionChecks.js';

/** Options of {@link moCoV2}. */
export interface MoCoOptions {
  /** Sizes of the projection head's layers; default `[256, 64]` (GLCNet's baseline; MoCo v2's own: 2048, 128). */
  readonly projection?: readonly number[];
  /** Embeddings in the queue, a multiple of the batch; default 2,048 (GLCNet's baseline; MoCo v2's own: 65,536). */
  readonly queue?: number;
  /** Divisor of the similarities, > 0; default 0.2 (MoCo v2's own; GLCNet's baseline: 0.07). */
  readonly temperature?: number;
  /** Share of the copy that a step keeps, [0, 1]; default 0.999. */
  readonly momentum?: number;
  /** What the batch normalisations of the copy work with; default `'batch'`. */
  readonly statistics?: CopyStatistics;
}

/**
 * MoCo v2 (Chen et al. 2020, arXiv:2003.04297): the first view's embedding must be told from a queue of earlier embeddings as
 * that of the second view, which a slowly moving copy of network and head gives. It trains the network up to its encoded
 * map, whose mean is embedded.
 *
 * The batch is not shuffled between devices before the copy sees it, since there is one device; `statistics: 'moving'` keeps the copy
 * from telling the images of a batch by their common statistics.
 *
 * @param options see {@link MoCoOptions}
 * @returns the method; `create` throws LulcError `invalid-argument` when the queue is no multiple of the batch
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { moCoV2 } from '@lulc/contrastive-ssl';
 *
 * const method = moCoV2({ temperature: 0.07 });
 * console.log(method.views, method.configuration.queue); // 2 2048
 * ```
 */
export function moCoV2(options: MoCoOptions = {}): PretrainingMethod {
  const configuration = resolveMoCo(options);
  const { projection, queue: size, temperature, momentum, statistics } = configuration;
  return {
    name: 'moco-v2',
    configuration,
    trains: 'encoded',
    views: 2,
    create: ({ network, batchSize, seed }) => {
      const make = () =>
        branch(network(), 'encoded', ({ encodedChannels }) => ({
          projection: projectionHead({ name: 'projection', features: encodedChannels, units: projection, seed }),
        }));
      const queue = embeddingQueue({
        name: 'queue',
        size,
        dimensions: projection[projection.length - 1],
        batchSize,
        seed,
      });
      const live = make();
      const slow = make();
      const copy = momentumCopy(live.models, slow.models, statistics);
      const embed = ({ trunk, heads }: typeof live, images: Tensor4D, training: boolean) =>
        project(heads.projection, pooled(trunk.maps(images, training).encoded), training);
      return methodRun({
        branch: live,
        state: [...copy.state, queue.entry],
        tensors: (batch) => viewsOf(batch, 2).map((view) => viewTensor(view, live.trunk.model)),
        loss: ([first, second]) =>
          copy.step(
            momentum,
            () => [unitRows(embed(slow, second as Tensor4D, copy.training))] as const,
            ([keys]) => {
              const loss = infoNce(embed(live, first as Tensor4D, true), keys, queue.rows(), temperature);
              queue.push(keys);
              return loss;
            },
          ),
        dispose: () => {
          slow.dispose();
          queue.dispose();
        },
      });
    },
  };
}

/**
 * Fills in defaults.
 *
 * @throws LulcError `invalid-argument` or `unknown-name` for an option out of range
 */
export function resolveMoCo(options: MoCoOptions) {
  const { projection = [256, 64], queue = 2048, temperature = 0.2, momentum = 0.999 } = options;
  const statistics = knownOption('statistics', options.statistics ?? 'batch', copyStatistics);
  requireAbove(0, { temperature });
  requireFraction({ momentum });
  requireUnits({ projection });
  requireCount({ queue });
  return { projection: [...projection], queue, temperature, momentum, statistics };
}
