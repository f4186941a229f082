import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import { upTo } from '../backbone/classifier.js';
import { requireCount, requireShare } from '../errors/optionChecks.js';
import { activation } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { dropout } from '../layers/dropout.js';
import { bilinearResize } from '../layers/resize.js';
import type { Block } from '../layers/sym.js';
import type { DenseNetwork } from './denseNetwork.js';
import { sidesOf } from './pyramid.js';

/** Layer paths of every segmentation model behind its decoder. */
export const segmenterLayers = {
  /** 1×1 convolution that gives the logits of `decoded`, `[B, h, w, classes]`. */
  head: 'head',
  /** The logits at the image's size, `[B, H, W, classes]`. */
  logits: 'logits',
  /** The model's output `[B, H, W, classes]`. */
  probabilities: 'probabilities',
} as const;

/** Options of {@link segmenter}. */
export interface SegmenterOptions {
  /** Number of classes, at least 1. */
  readonly classes: number;
  /** Whether the head has a bias, default true. */
  readonly bias?: boolean;
  /** Share of the decoded map dropped before the head in training, [0, 1). Default 0. */
  readonly dropout?: number;
  /**
   * Where the resize to the image's size leaves pixels, see `bilinearResize`. Default true, as GLCNet has it everywhere; give
   * false behind a decoder of half-pixel centres.
   */
  readonly alignCorners?: boolean;
}

/**
 * Closes a dense network into a segmentation model: a 1×1 convolution `head`, `logits`, resized bilinearly to the
 * image's size, and `probabilities`, a softmax over the classes and the model's output `[B, H, W, classes]`.
 * {@link segmentationLogits} gives the same network up to the logits.
 *
 * @param network a backbone and its decoder, see `denseNetwork`; its weights are used, not copied
 * @throws LulcError `invalid-argument` when `classes` is not a whole number above 0 or `dropout` is not in [0, 1)
 * @example
 * ```ts
 * import { conv2d, feature, image, useEngine } from '@lulc/core';
 * import { denseNetwork, segmenter } from '@lulc/core/segmentation';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const network = denseNetwork({ name: 'tiny', input, output, features: [feature(output, 2)] });
 * console.log(segmenter(network, { classes: 5 }).outputs[0].shape); // [null, 32, 32, 5]
 * ```
 */
export function segmenter(network: DenseNetwork, options: SegmenterOptions): LayersModel {
  const { classes, bias = true, dropout: rate = 0, alignCorners = true } = options;
  requireCount({ classes });
  requireShare({ dropout: rate });
  const { input, name } = network.backbone;
  const close = pipe(
    rate === 0 ? pipe<4>() : dropout<4>(rate),
    conv2d({ name: segmenterLayers.head, filters: classes, kernelSize: 1, bias }),
    toSize(sidesOf(input), alignCorners),
    activation('softmax', { name: segmenterLayers.probabilities }),
  );
  return tfModel({ inputs: input, outputs: close(network.decoded), name });
}

/** The resize that gives the logits; a layer of that name also where there is nothing to resize. */
function toSize(size: readonly [number, number], alignCorners: boolean): Block<4> {
  const name = segmenterLayers.logits;
  return (x) =>
    `${sidesOf(x)}` === `${size}` ? activation('linear', { name })(x) : bilinearResize(size, { name, alignCorners })(x);
}

/**
 * The same network (shared weights) with the logits `[B, H, W, classes]` as output, for losses that start from logits.
 *
 * @throws LulcError `incompatible` when the model has no layer `logits`
 */
export function segmentationLogits(model: LayersModel): LayersModel {
  return upTo(model, segmenterLayers.logits, 'segmenter');
}
