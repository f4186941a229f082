import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { SegmentationInfo } from '../../data/segmentation.js';
import { LulcError } from '../../errors/lulcError.js';
import { imageTask } from '../../training/imageTask.js';
import { namedVariables } from '../../training/modelVariables.js';
import type { NamedVariable } from '../../training/types.js';
import { deepSupervisionHeads } from '../deepSupervision.js';
import { deepSupervisionWeights } from '../losses/deepSupervision.js';
import type { SegmenterOutputs } from './objective.js';

/** Everything of a segmenter that a loss sees in training. */
export interface SupervisedOutputs {
  /** Share of each output, that of the logits first. */
  readonly weights: readonly number[];
  /** Variables of heads that only training has. */
  readonly heads: readonly NamedVariable[];
  /** The outputs for images, in training mode. */
  of(images: Tensor4D): SegmenterOutputs;
  /** Frees the heads; the segmenter stays. */
  dispose(): void;
}

/**
 * A segmenter with heads on the coarser levels of its decoder.
 *
 * @param model a segmenter with a U-Net decoder
 * @param shares of the outputs, finest first; `true`: nnU-Net's
 * @param info of the data
 * @param seed of the heads' first weights
 * @throws LulcError `incompatible` for a model without levels, `invalid-argument` for another number of shares than outputs or
 *   a negative one
 */
export function deeplySupervised(
  model: LayersModel,
  shares: true | readonly number[],
  info: SegmentationInfo,
  seed: number,
): SupervisedOutputs {
  const network = deepSupervisionHeads(model, { seed });
  const shared = new Set(model.weights);
  const heads = namedVariables(network.weights.filter((weight) => !shared.has(weight)));
  // Disposing of the network would take the segmenter's weights, too.
  const dispose = (): void => {
    for (const { variable } of heads) variable.dispose();
  };
  const outputs = network.outputs.length;
  const weights = shares === true ? deepSupervisionWeights(outputs) : shares;
  if (weights.length !== outputs || !weights.every((weight) => weight >= 0)) {
    dispose();
    throw new LulcError('invalid-argument', `deepSupervision is [${weights}]; the network has ${outputs} outputs`, {
      where: { option: 'deepSupervision' },
      hint: 'Give a share of at least 0 for each of them, finest first.',
    });
  }
  const task = imageTask<Tensor4D | Tensor4D[]>(model, network, info);
  return {
    weights,
    heads,
    of: (images) => {
      const [logits, ...deep] = ([] as Tensor[]).concat(task.logits(images, true)) as Tensor4D[];
      return { logits, deep, weights };
    },
    dispose,
  };
}
