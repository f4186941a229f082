import { knownOption } from '@lulc/core';
import type { DenseNetworkOptions } from './options.js';

/** Which of GLCNet's networks. */
export interface GlcNetNetworkOptions {
  /** ResNet's depth, default 50. */
  readonly depth?: 50 | 101;
  /**
   * `'fine-tuning'` (default): dropout of half of the encoded map, and of 0.5 and 0.1 in the decoder; `'pre-training'`: no
   * dropout in the decoder. Weights are the same ones.
   */
  readonly phase?: 'pre-training' | 'fine-tuning';
  /**
   * `'corrected'` (default), or `'reference'`: the published code's behaviour, batch norms that keep 0.1 of their moving
   * statistics in each step (where 0.9 was meant), and dropout of half of the encoded map also in pre-training, where it
   * makes the style's variance a noisy one.
   */
  readonly variant?: 'corrected' | 'reference';
}

/**
 * The network of GLCNet (Li et al. 2022, doi:10.1109/TGRS.2022.3147513), as options of `buildDenseNetwork` and
 * `createSegmenter`: a ResNet in torchvision's style at output stride 16, ASPP and the decoder of DeepLabv3+, aligned corners
 * everywhere. With 4 bands and 6 classes, 40,351,462 trainable weights. The ResNet's kernels start as torchvision's do, with the
 * variance 2 / fan-out; the published code has fan-in everywhere.
 *
 * @param options depth, phase and variant
 * @throws LulcError `unknown-name` for a phase or variant that there is not
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { createSegmenter, glcNetNetwork } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const model = await createSegmenter({ ...glcNetNetwork(), bands: 4, classes: 6, inputSize: 64 });
 * console.log(model.outputs[0].shape); // [null, 64, 64, 6]
 * ```
 */
export function glcNetNetwork(
  options: GlcNetNetworkOptions = {},
): Required<Pick<DenseNetworkOptions<'resnet'>, 'family' | 'encoder' | 'decoder'>> {
  const { depth = 50 } = options;
  const phase = knownOption('phase', options.phase ?? 'fine-tuning', ['pre-training', 'fine-tuning']);
  const variant = knownOption('variant', options.variant ?? 'corrected', ['corrected', 'reference']);
  const momentum = variant === 'reference' ? 0.1 : 0.9;
  const isFinal = phase === 'fine-tuning';
  return {
    family: 'resnet',
    encoder: { depth, outputStride: 16, style: 'torchvision', momentum },
    decoder: {
      name: 'deeplabv3plus',
      momentum,
      encodedDropout: isFinal || variant === 'reference' ? 0.5 : 0,
      decodedDropout: isFinal ? [0.5, 0.1] : [0, 0],
    },
  };
}
