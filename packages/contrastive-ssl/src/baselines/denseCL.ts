import { hashSeed, knownOption, requireCount } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { projectionHead } from '../heads/projectionHead.js';
import { denseInfoNce } from '../losses/denseInfoNce.js';
import { infoNce } from '../losses/infoNce.js';
import { unitRows } from '../losses/unitRows.js';
import type { PretrainingMethod } from '../method/method.js';
import { momentumCopy } from '../momentum/momentumCopy.js';
import { embeddingQueue } from '../momentum/queue.js';
import { stepCount } from '../momentum/steps.js';
import { viewTensor } from '../trunk/trunk.js';
import { adaptiveMeans } from './adaptiveMeans.js';
import { type Branch, branch, methodRun, pixelRows, pooled, project, viewsOf } from './branch.js';
import { type MoCoOptions, resolveMoCo } from './moCoV2.js';
import { requireFraction, requireGrid } from './optionChecks.js';

/** Options of {@link denseCL}. */
export interface DenseClOptions extends MoCoOptions {
  /** The map whose cells are contrasted: `'encoded'` (default) or `'decoded'`; the network is trained up to it. */
  readonly map?: 'encoded' | 'decoded';
  /** Cells per side that the map is averaged to, for large maps; default 0: its own pixels. */
  readonly grid?: number;
  /** Weight of the dense term, 1 minus that of the global one, [0, 1]; default 0.5. */
  readonly denseWeight?: number;
  /** First steps in which only the global term counts, since early matches are random; default 0 (DenseCL's own: 1,000). */
  readonly warmup?: number;
}

/**
 * DenseCL (Wang et al. 2021, arXiv:2011.09157): MoCo v2 with a second, dense branch, in which every cell of the first view's map is told
 * from a queue as the cell of the second view's map that is most alike it. The dense queue holds the mean of the copy's dense
 * embeddings of each image. The loss rises at first, while the queues fill.
 *
 * Memory: `B · cells · (1 + queue)` similarities, several times.
 *
 * @param options see {@link DenseClOptions}
 * @returns the method; `create` throws LulcError `invalid-argument` when the queue is no multiple of the batch, or the
 *   grid is finer than the map
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { denseCL } from '@lulc/contrastive-ssl';
 *
 * console.log(denseCL({ warmup: 1000 }).configuration.denseWeight); // 0.5
 * ```
 */
export function denseCL(options: DenseClOptions = {}): PretrainingMethod {
  const { map = 'encoded', grid = 0, denseWeight = 0.5, warmup = 0 } = options;
  const { projection, queue: size, temperature, momentum, statistics } = resolveMoCo(options);
  knownOption('map', map, ['encoded', 'decoded']);
  if (grid !== 0) requireCount({ grid });
  if (warmup !== 0) requireCount({ warmup });
  requireFraction({ denseWeight });
  const dimensions = projection[projection.length - 1];
  return {
    name: 'densecl',
    configuration: { projection, queue: size, temperature, momentum, statistics, map, grid, denseWeight, warmup },
    trains: map,
    views: 2,
    create: ({ network, batchSize, seed }) => {
      const make = () =>
        branch(network(), map, ({ encodedChannels, decodedChannels }) => ({
          global: projectionHead({ name: 'global', features: encodedChannels, units: projection, seed }),
          dense: projectionHead({ name: 'dense', features: decodedChannels, units: projection, seed }),
        }));
      const [queue, denseQueue] = ['queue', 'denseQueue'].map((name, i) =>
        embeddingQueue({ name, size, dimensions, batchSize, seed: hashSeed(seed, i) }),
      );
      const live = make();
      requireGrid(grid, live.trunk.model.outputs[0].shape);
      const slow = make();
      const copy = momentumCopy(live.models, slow.models, statistics);
      const steps = stepCount();
      /** Global embedding, features of the cells, embeddings of the cells. */
      const embed = ({ trunk, heads }: Branch, images: tf.Tensor, training: boolean) => {
        const { encoded, decoded } = trunk.maps(images as tf.Tensor4D, training);
        const cells = grid === 0 ? decoded : adaptiveMeans(decoded, grid);
        const [b, h, w, channels] = cells.shape;
        return [
          project(heads.global, pooled(encoded), training),
          tf.reshape(cells, [b, h * w, channels]) as tf.Tensor3D,
          tf.reshape(project(heads.dense, pixelRows(cells), training), [b, h * w, dimensions]) as tf.Tensor3D,
        ] as const;
      };
      const denseShare = (): number | tf.Tensor =>
        warmup === 0 ? denseWeight : tf.mul(denseWeight, tf.cast(tf.greaterEqual(steps.done(), warmup), 'float32'));
      return methodRun({
        branch: live,
        state: [...copy.state, queue.entry, denseQueue.entry, steps.entry],
        tensors: (batch) => viewsOf(batch, 2).map((view) => viewTensor(view, live.trunk.model)),
        loss: ([first, second]) => {
          const loss = copy.step(
            momentum,
            () => {
              const [global, features, embeddings] = embed(slow, second, copy.training);
              const mean = unitRows(tf.mean(embeddings, 1) as tf.Tensor2D);
              return [unitRows(global), mean, features, embeddings] as const;
            },
            ([key, mean, features, embeddings]) => {
              const query = embed(live, first, true);
              const global = infoNce(query[0], key, queue.rows(), temperature);
              const dense = denseInfoNce(
                { features: query[1], embeddings: query[2] },
                { features, embeddings },
                denseQueue.rows(),
                temperature,
              );
              queue.push(key);
              denseQueue.push(mean);
              return tf.add(global, tf.mul(denseShare(), tf.sub(dense, global))) as tf.Scalar;
            },
          );
          steps.next();
          return loss;
        },
        dispose: () => {
          slow.dispose();
          queue.dispose();
          denseQueue.dispose();
          steps.dispose();
        },
      });
    },
  };
}
