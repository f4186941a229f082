import {
  type Block,
  batchNorm,
  conv2d,
  type Feature,
  feature,
  image,
  LulcError,
  maxPool,
  pipe,
  relu,
  scope,
} from '@lulc/core';
import { denseNetwork, unetDecoder } from '@lulc/core/segmentation';
import { type LayersModel, model } from '@tensorflow/tfjs-layers';

/** Options of {@link plainUnet}. */
export interface PlainUnetOptions {
  /** Number of bands. */
  readonly bands: number;
  /** Number of classes. */
  readonly classes: number;
  /** Channels at each resolution, finest first; default `[8, 16, 32, 64]`, about the 120,000 weights of an on-board cloud mask. */
  readonly widths?: readonly number[];
  /** Height and width of the input in pixels, a multiple of what the network reduces it by; default 256. */
  readonly inputSize?: number;
  /** Seed of the weights; random when absent. */
  readonly seed?: number;
}

/**
 * A plain U-Net (Ronneberger et al. 2015, arXiv:1505.04597) with padding and batch norm: two 3×3 convolutions at each
 * resolution, 2×2 maximum down, 2×2 transposed convolution up, skips joined. What `lulc bench` measures segmentation
 * with; it has no card.
 *
 * Input `[B, size, size, bands]` float32; output logits `[B, size, size, classes]`. Layer paths: `encoder1/conv1`, … ,
 * `decoder/level1/up`, `decoder/level1/unit1/conv`, … , `head`; a level has the number of the encoder whose resolution it
 * gives back.
 *
 * @throws LulcError `invalid-argument` when the image cannot be halved often enough, or for widths out of range
 */
export function plainUnet(options: PlainUnetOptions): LayersModel {
  const { bands, classes, widths = [8, 16, 32, 64], inputSize = 256, seed } = options;
  const reduction = 2 ** (widths.length - 1);
  if (inputSize % reduction !== 0) {
    throw new LulcError('invalid-argument', `inputSize must be a multiple of ${reduction}, got ${inputSize}`, {
      where: { option: 'inputSize' },
    });
  }
  const input = image({ shape: [inputSize, inputSize, bands], seed });
  const features: Feature[] = [];
  let x = input;
  for (const [index, width] of widths.entries()) {
    x = scope(
      `encoder${index + 1}`,
      index === 0 ? units(width) : pipe(maxPool({ name: 'pool', size: 2 }), units(width)),
    )(x);
    features.push(feature(x, 2 ** index));
  }
  const decoder = unetDecoder({ widths: widths.slice(0, -1), upsampling: 'transposed' });
  const { decoded } = denseNetwork({ name: 'plain-unet', input, output: x, features }, decoder);
  const logits = conv2d({ name: 'head', filters: classes, kernelSize: 1, bias: true, init: 'glorotUniform' })(decoded);
  return model({ inputs: input, outputs: logits, name: 'plain-unet' });
}

function units(filters: number): Block<4> {
  const unit = (n: number): Block<4> =>
    pipe(
      conv2d({ name: `conv${n}`, filters, kernelSize: 3 }),
      batchNorm({ name: `bn${n}` }),
      relu({ name: `relu${n}` }),
    );
  return pipe(unit(1), unit(2));
}
