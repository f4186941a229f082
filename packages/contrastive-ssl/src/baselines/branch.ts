import { LulcError, type NamedVariable } from '@lulc/core';
import type { DenseNetwork } from '@lulc/core/segmentation';
import type { ViewBatch, ViewImages } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { MethodRun } from '../method/method.js';
import { namedVariables, type Trunk, type TrunkOptions, trunk } from '../trunk/trunk.js';

/** A network with the heads that a method puts on it. */
export interface Branch {
  /** The network. */
  readonly trunk: Trunk;
  /** Heads, by what they are. */
  readonly heads: Readonly<Record<string, LayersModel>>;
  /** The network as a model, then the heads: what a momentum copy follows. */
  readonly models: readonly LayersModel[];
  /** Frees the heads, and what the network has behind the trained map. */
  disposeHeads(): void;
  /** Frees everything. */
  dispose(): void;
}

/**
 * Puts heads on a network; they see the encoded map before the dropout that may end the encoder.
 *
 * @param network from a method's setup
 * @param output how far it is trained
 * @param makeHeads makes the heads for the trunk
 */
export function branch(
  network: DenseNetwork,
  output: TrunkOptions['output'],
  makeHeads: (trunk: Trunk) => Readonly<Record<string, LayersModel>>,
): Branch {
  const stem = trunk(network, { output, beforeDropout: true });
  const heads = makeHeads(stem);
  const disposeHeads = (): void => {
    for (const head of Object.values(heads)) head.dispose();
    stem.dispose();
  };
  return {
    trunk: stem,
    heads,
    models: [stem.model, ...Object.values(heads)],
    disposeHeads,
    dispose: () => {
      disposeHeads();
      stem.model.dispose();
    },
  };
}

/** What a method adds to a {@link Branch}. */
export interface RunParts extends Pick<MethodRun, 'tensors' | 'loss'> {
  /** What it trains. */
  readonly branch: Branch;
  /** Variables of its own. */
  readonly state?: readonly NamedVariable[];
  /** What the network sees of images that are to be embedded; default: they are of its size. */
  readonly seen?: (images: tf.Tensor4D) => tf.Tensor4D;
  /** Frees what is its own. */
  dispose?(): void;
}

/** Joins a branch and what a method does with it. */
export function methodRun({
  branch: { trunk: stem, heads, disposeHeads },
  state = [],
  seen,
  ...parts
}: RunParts): MethodRun {
  const headModels = Object.values(heads);
  const fixed = (model: LayersModel): LayersModel['weights'] => {
    const trainable = new Set(model.trainableWeights);
    return model.weights.filter((weight) => !trainable.has(weight));
  };
  return {
    weights: [...stem.weights, ...headModels.flatMap((head) => namedVariables(head.trainableWeights))],
    state: [...stem.state, ...headModels.flatMap((head) => namedVariables(fixed(head))), ...state],
    model: stem.model,
    tensors: parts.tensors,
    loss: (tensors) => tf.tidy(() => parts.loss(tensors)),
    embed: seen === undefined ? stem.embed : (images) => tf.tidy(() => stem.embed(seen(images))),
    dispose: () => {
      disposeHeads();
      parts.dispose?.();
    },
  };
}

/** A head applied to rows. */
export const project = (head: LayersModel, rows: tf.Tensor2D, training: boolean): tf.Tensor2D =>
  head.apply(rows, { training }) as tf.Tensor2D;

/** Mean of a map over its pixels, `[B, C]`. */
export const pooled = (map: tf.Tensor4D): tf.Tensor2D => tf.mean(map, [1, 2]) as tf.Tensor2D;

/** A map's pixels as rows, `[B · h · w, C]`. */
export const pixelRows = (map: tf.Tensor4D): tf.Tensor2D => tf.reshape(map, [-1, map.shape[3]]);

/**
 * The first views of a batch.
 *
 * @throws LulcError `invalid-argument` when there are fewer
 */
export function viewsOf({ views }: ViewBatch, count: 1 | 2): readonly ViewImages[] {
  if (views.length < count) {
    throw new LulcError(
      'invalid-argument',
      `the method needs ${count} views of each image, the batch has ${views.length}`,
      {
        hint: 'Give the loader as many view recipes.',
      },
    );
  }
  return views.slice(0, count);
}
