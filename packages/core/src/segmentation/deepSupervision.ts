import { type LayersModel, type layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import { LulcError } from '../errors/lulcError.js';
import { conv2d } from '../layers/conv.js';
import { branchAt, scope } from '../layers/graph.js';
import { segmentationLogits, segmenterLayers } from './segmenter.js';

/** Options of {@link deepSupervisionHeads}. */
export interface DeepSupervisionOptions {
  /** Seed of the heads' weights; random when absent. */
  readonly seed?: number;
}

const levelPath = /^decoder\/level(\d+)\//;

/**
 * The training network of deep supervision (Lee et al. 2015, arXiv:1409.5185, as nnU-Net has it): besides the logits it gives
 * those of every coarser level of a U-Net's decoder, each by a 1×1 convolution of its own. Finds the levels by their layer
 * paths, so a segmenter on any backbone will do, built or loaded.
 *
 * The heads `deep/level2`, `deep/level3`, … belong to this network only and have a bias if the segmenter's head has one;
 * everything else is shared with the segmenter, so training one trains the other.
 *
 * @param model a segmenter with a `unetDecoder`; its weights are used, not copied
 * @param options seed of the heads
 * @returns a model with the outputs `[logits, logits of level 2, logits of level 3, …]`, finest first; only the logits
 *   for a decoder of one level
 * @throws LulcError `incompatible` when the model is no segmenter or has no U-Net decoder
 * @example
 * ```ts
 * import { conv2d, feature, image, useEngine } from '@lulc/core';
 * import { deepSupervisionHeads, denseNetwork, segmenter, unetDecoder } from '@lulc/core/segmentation';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const fine = conv2d({ filters: 8, kernelSize: 3 })(input);
 * const output = conv2d({ filters: 16, kernelSize: 3, stride: 2 })(fine);
 * const deepest = conv2d({ filters: 16, kernelSize: 3, stride: 2 })(output);
 * const features = [feature(fine, 1), feature(output, 2), feature(deepest, 4)];
 * const network = denseNetwork({ name: 'tiny', input, output: deepest, features }, unetDecoder({ widths: [8, 16] }));
 * const training = deepSupervisionHeads(segmenter(network, { classes: 2 }));
 * console.log(training.outputs.map(({ shape }) => shape)); // [[null, 32, 32, 2], [null, 16, 16, 2]]
 * ```
 */
export function deepSupervisionHeads(model: LayersModel, { seed }: DeepSupervisionOptions = {}): LayersModel {
  const logits = segmentationLogits(model);
  const { filters, useBias } = model.getLayer(segmenterLayers.head).getConfig() as {
    filters: number;
    useBias: boolean;
  };
  const deep = decoderLevels(model)
    .slice(1)
    .map(([level, map]) =>
      scope('deep', conv2d({ name: `level${level}`, filters, kernelSize: 1, bias: useBias }))(branchAt(map, 4, seed)),
    );
  return tfModel({
    inputs: model.inputs,
    outputs: [logits.outputs[0], ...deep],
    name: `${model.name}-deep-supervision`,
  });
}

/** The last map of each level of a U-Net's decoder, finest first. */
function decoderLevels(model: LayersModel): [level: number, map: SymbolicTensor][] {
  const last = new Map<number, layers.Layer>();
  // Layers come in the order in which they compute.
  for (const layer of model.layers) {
    const level = levelPath.exec(layer.name)?.[1];
    if (level !== undefined) last.set(Number(level), layer);
  }
  if (last.size === 0) {
    throw new LulcError('incompatible', "the model has no layers 'decoder/level…'", {
      where: { model: model.name },
      hint: 'Deep supervision needs a segmenter with a U-Net decoder.',
    });
  }
  return [...last].sort(([a], [b]) => a - b).map(([level, { output }]) => [level, output as SymbolicTensor]);
}
