import { LulcError, type NamedVariable } from '@lulc/core';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { assignUntaped, withoutGradient } from './withoutGradient.js';

/**
 * What the batch normalisations of a momentum copy work with. `'batch'`: the statistics of the batch, as the trained
 * network; its moving statistics, which nothing reads in training, are those of the network after every step. `'moving'`:
 * its own moving statistics, a moving average of the network's as the weights are (EMAN, Cai et al. 2021,
 * arXiv:2101.08482), so that no image of the batch tells anything about another; dropout is then off in the copy.
 */
export type CopyStatistics = 'batch' | 'moving';

/** All {@link CopyStatistics}. */
export const copyStatistics: readonly CopyStatistics[] = ['batch', 'moving'];

/** A slowly moving copy of networks. */
export interface MomentumCopy {
  /** Its variables, for checkpoints: `momentum/` and the path. */
  readonly state: readonly NamedVariable[];
  /** Whether the copy is run in training mode: depends on the statistics asked for. */
  readonly training: boolean;
  /**
   * One training step: moves the copy towards the networks, computes the targets with it, then the loss.
   *
   * @param keep share of the copy that stays, 0 … 1
   * @param targets what the copy gives; no gradient flows through it
   * @param loss of the networks against the targets
   */
  step<T extends readonly Tensor[]>(keep: number | Scalar, targets: () => T, loss: (targets: T) => Scalar): Scalar;
}

/**
 * Makes a copy of networks follow them as a moving average of their weights (He et al. 2020, arXiv:1911.05722): `copy +
 * (network − copy)(1 − keep)`. It begins with the weights of the networks.
 *
 * @param live the trained networks
 * @param copies networks of the same layers, in the same order
 * @param statistics what batch normalisations of the copy work with
 * @throws LulcError `internal` when the weights of a network and its copy differ in path or shape
 */
export function momentumCopy(
  live: readonly LayersModel[],
  copies: readonly LayersModel[],
  statistics: CopyStatistics,
): MomentumCopy {
  const pairs = live.flatMap((network, i) => pairedWeights(network, copies[i]));
  const buffers = pairs.filter(({ trained }) => !trained);
  tf.tidy(() => takeOver(pairs));
  const follow = (keep: number | Scalar): void => {
    const step = typeof keep === 'number' ? 1 - keep : tf.sub(1, keep);
    for (const { from, to } of pairs) to.assign(tf.add(to, tf.mul(tf.sub(from, to), step)));
  };
  return {
    training: statistics === 'batch',
    state: pairs.map(({ path, to }) => ({ name: `momentum/${path}`, variable: to })),
    step: (keep, targets, loss) =>
      tf.tidy(() => {
        const made = withoutGradient(() => {
          follow(keep);
          return targets();
        });
        const value = loss(made);
        if (statistics === 'batch') {
          assignUntaped(() => takeOver(buffers));
        }
        return value;
      }),
  };
}

interface Pair {
  readonly path: string;
  readonly from: Variable;
  readonly to: Variable;
  readonly trained: boolean;
}

/** Values are computed, not shared: two variables with one buffer could not be told apart by an engine that records. */
function takeOver(pairs: readonly Pair[]): void {
  for (const { from, to } of pairs) to.assign(tf.mul(from, 1));
}

function pairedWeights(network: LayersModel, copy: LayersModel): Pair[] {
  const trained = new Set(network.trainableWeights);
  const own = new Map(copy.weights.map((weight) => [weight.originalName, weight]));
  return network.weights.map((weight) => {
    const path = weight.originalName;
    const twin = own.get(path);
    if (twin === undefined || !tf.util.arraysEqual(weight.shape as number[], twin.shape as number[])) {
      throw new LulcError('internal', 'a network and its momentum copy differ', { where: { weight: path } });
    }
    return { path, from: weight.read() as Variable, to: twin.read() as Variable, trained: trained.has(weight) };
  });
}
