import { knownOption, LulcError, requireCount } from '@lulc/core';
import type { ViewImages } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { projectionHead } from '../heads/projectionHead.js';
import { type VicRegOptions, vicReg } from '../losses/vicReg.js';
import type { PretrainingMethod } from '../method/method.js';
import { withoutGradient } from '../momentum/withoutGradient.js';
import { cellMatches } from '../regions/cellMatches.js';
import { viewTensor } from '../trunk/trunk.js';
import { adaptiveMeans } from './adaptiveMeans.js';
import { branch, methodRun, pixelRows, pooled, project, viewsOf } from './branch.js';
import { requireFraction, requireGrid, requireUnits } from './optionChecks.js';

/** Options of {@link vicRegL}. */
export interface VicRegLOptions extends VicRegOptions {
  /** Sizes of the layers of the head of whole images; default `[512, 512, 512]` (VICRegL's own: 8192 three times). */
  readonly expander?: readonly number[];
  /** Sizes of the layers of the head of map cells; default `[512, 512, 512]`, its own. */
  readonly mapExpander?: readonly number[];
  /** Weight of the term of whole images, 1 minus that of cells, [0, 1]; default 0.75. */
  readonly alpha?: number;
  /** Pairs of cells per image that are matched by location, those that lie closest; default 20; all cells of smaller maps. */
  readonly matches?: number;
  /** Whether cells are matched by their embeddings, too: each with the nearest one of the other view; default true. */
  readonly featureMatches?: boolean;
  /** The map whose cells are compared: `'encoded'` (default) or `'decoded'`; the network is trained up to it. */
  readonly map?: 'encoded' | 'decoded';
  /** Cells per side that the map is averaged to, for large maps; default 0: its own pixels. */
  readonly grid?: number;
  /**
   * Whether the first and last cells lie at the first and last pixels of the view, as in maps that were resized with
   * aligned corners; default: for the decoded map without a grid, as of `deepLabV3Plus`.
   */
  readonly alignCorners?: boolean;
}

/**
 * VICRegL (Bardes, Ponce & LeCun 2022, arXiv:2210.01571): {@link vicReg} between the embeddings of two views as wholes, and
 * between those of cells of their maps that belong together, by where they lie on the ground and by what they look like.
 * Views may be cropped, flipped and turned: places are matched through the tracked geometry.
 *
 * Neither negatives nor a second network: it suits small batches, of at least 2. Heads have batch normalisation before
 * each ReLU.
 *
 * @param options see {@link VicRegLOptions}
 * @returns the method; `create` throws LulcError `invalid-argument` for a batch of 1 or a grid finer than the map
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { vicRegL } from '@lulc/contrastive-ssl';
 *
 * console.log(vicRegL({ map: 'decoded', grid: 14 }).trains); // decoded
 * ```
 */
export function vicRegL(options: VicRegLOptions = {}): PretrainingMethod {
  const { expander = [512, 512, 512], mapExpander = [512, 512, 512], alpha = 0.75, matches = 20 } = options;
  const { featureMatches = true, map = 'encoded', grid = 0 } = options;
  const { alignCorners = map === 'decoded' && grid === 0 } = options;
  const { invariance = 25, variance = 25, covariance = 1 } = options;
  const weights = { invariance, variance, covariance };
  knownOption('map', map, ['encoded', 'decoded']);
  requireUnits({ expander, mapExpander });
  requireFraction({ alpha });
  requireCount({ matches });
  if (grid !== 0) requireCount({ grid });
  return {
    name: 'vicregl',
    configuration: {
      expander: [...expander],
      mapExpander: [...mapExpander],
      alpha,
      matches,
      featureMatches,
      map,
      grid,
      alignCorners,
      ...weights,
    },
    views: 2,
    trains: map,
    create: ({ network, batchSize, seed }) => {
      if (batchSize < 2) {
        throw new LulcError('invalid-argument', 'variances over a batch need at least 2 images', {
          where: { option: 'batchSize' },
        });
      }
      const live = branch(network(), map, ({ encodedChannels, decodedChannels }) => ({
        global: projectionHead({ name: 'global', features: encodedChannels, units: expander, normalised: true, seed }),
        local: projectionHead({ name: 'local', features: decodedChannels, units: mapExpander, normalised: true, seed }),
      }));
      requireGrid(grid, live.trunk.model.outputs[0].shape);
      const embed = (images: tf.Tensor) => {
        const { encoded, decoded } = live.trunk.maps(images as tf.Tensor4D, true);
        const cells = grid === 0 ? decoded : adaptiveMeans(decoded, grid);
        return {
          image: tf.expandDims(project(live.heads.global, pooled(encoded), true), 1) as tf.Tensor3D,
          cells: project(live.heads.local, pixelRows(cells), true),
        };
      };
      const matched = (first: ViewImages, second: ViewImages): tf.Tensor1D[] => {
        const [, height, width] = first.imageShape;
        const size = grid === 0 ? live.trunk.decodedSize([height, width]) : ([grid, grid] as const);
        const { from, to } = cellMatches(first, second, size, Math.min(matches, size[0] * size[1]), alignCorners);
        return [tf.tensor1d(from, 'int32'), tf.tensor1d(to, 'int32')];
      };
      /** Of cells that take each other's place in the two views. */
      const localLoss = (cells: tf.Tensor2D, others: tf.Tensor2D, from: tf.Tensor, to: tf.Tensor, images: number) => {
        const perImage = (rows: tf.Tensor2D): tf.Tensor3D => tf.reshape(rows, [images, -1, rows.shape[1]]);
        const byPlace = vicReg(
          perImage(tf.gather(cells, from as tf.Tensor1D)),
          perImage(tf.gather(others, to as tf.Tensor1D)),
          weights,
        );
        if (!featureMatches) return byPlace;
        const [here, there] = [perImage(cells), perImage(others)];
        return tf.add(byPlace, vicReg(here, tf.matMul(nearest(here, there), there), weights));
      };
      return methodRun({
        branch: live,
        tensors: (batch) => {
          const [first, second] = viewsOf(batch, 2);
          const images = [first, second].map((view) => viewTensor(view, live.trunk.model));
          return alpha === 1 ? images : [...images, ...matched(first, second), ...matched(second, first)];
        },
        loss: ([first, second, ...rows]) => {
          const [one, two] = [embed(first), embed(second)];
          const global = vicReg(one.image, two.image, weights);
          if (alpha === 1) return global;
          const images = first.shape[0];
          const local = tf.add(
            localLoss(one.cells, two.cells, rows[0], rows[1], images),
            localLoss(two.cells, one.cells, rows[2], rows[3], images),
          );
          return tf.add(tf.mul(alpha, global), tf.mul((1 - alpha) / 2, local)) as tf.Scalar;
        },
      });
    },
  };
}

/** `[B, cells, cells]`: 1 at the other cell of the same image that is nearest to each cell, else 0; without gradient. */
function nearest(cells: tf.Tensor3D, others: tf.Tensor3D): tf.Tensor3D {
  const [choice] = withoutGradient(() => {
    const lengths = tf.sum(tf.square(others), 2);
    // |a − b|² without |a|², which is the same for all b.
    const distances = tf.sub(tf.expandDims(lengths, 1), tf.mul(2, tf.matMul(cells, others, false, true)));
    return [tf.cast(tf.oneHot(tf.argMin(distances, 2), others.shape[1]), 'float32') as tf.Tensor3D];
  });
  return choice;
}
