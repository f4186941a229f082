import {
  activation,
  applyLayer,
  type Block,
  bandNames,
  batchNorm,
  classNames,
  concatenate,
  conv2d,
  createCard,
  image,
  LulcError,
  type ModelOptions,
  maxPool,
  mirrorPad,
  pipe,
  relu,
  requireCount,
  rescale,
  scope,
  writeCard,
} from '@lulc/core';
import { segmenterLayers } from '@lulc/core/segmentation';
import { type LayersModel, layers, model as tfModel } from '@tensorflow/tfjs-layers';

/** Options of {@link hypernetUnet}. */
export interface HypernetUnetOptions extends Pick<ModelOptions, 'bands' | 'inputSize' | 'seed'> {
  /** Channels of the encoder's blocks, at least one. Default 32, 64 and 128. */
  readonly widths?: readonly number[];
  /** The two class names, what is not sought first. Default `clear` and `cloud`. */
  readonly classes?: readonly [string, string];
}

/**
 * Builds the U-Net that the paper's authors published before nnU-Net (ESA-PhiLab/hypernet, 2021): the best known prior for
 * their "vanilla U-Net". Blocks of two convolutions (7×7 in the first block, else 3×3; mirrored edges), each followed by
 * ReLU and batch norm; 3×3 pooling with stride 2 ends a block of the encoder, nearest-neighbour upsampling one of the
 * decoder; maps of equal size are joined. With 4 bands 492,111 of its 493,395 numbers are trained. It was trained with Adam,
 * rate 0.01, on the soft Jaccard of patches of 384 pixels.
 *
 * The last block has one channel, whose sigmoid is the probability of the second class. Here its two classes have the
 * logits 0 and that channel, of which the softmax is the same, so the model trains and predicts as any segmenter.
 *
 * @param options widths, bands, input size (a multiple of 2 per block, default 384), classes and seed
 * @throws LulcError `invalid-argument` for an option out of range
 * @example
 * ```ts
 * import { hypernetUnet } from '@lulc/cloud-unet-kd';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const model = hypernetUnet({ widths: [16, 32, 64], inputSize: 64 });
 * console.log(model.outputs[0].shape, model.countParams()); // [null, 64, 64, 2] 125875
 * ```
 */
export function hypernetUnet(options: HypernetUnetOptions = {}): LayersModel {
  const { widths = [32, 64, 128], inputSize = 384, seed } = options;
  const bands = bandNames(options.bands ?? ['B04', 'B03', 'B02', 'B08']);
  const classes = classNames(options.classes ?? ['clear', 'cloud']);
  requireCount({ 'the number of widths': widths.length, inputSize });
  if (inputSize % 2 ** widths.length !== 0 || classes.length !== 2) {
    throw new LulcError('invalid-argument', `needs two classes and sides that ${2 ** widths.length} divides`, {
      where: { inputSize, classes: classes.length },
    });
  }
  const input = image({ shape: [inputSize, inputSize, bands.length], seed });
  let deepest = input;
  const maps = widths.map((filters, i) => {
    deepest = scope(`encoder/block${i + 1}`, pipe(units(filters, i === 0 ? 7 : 3), pool))(deepest);
    return deepest;
  });
  // Coarsest first; the last block has the width of the logit and no map to join.
  const outputs = [1, ...widths.slice(0, -1)].reverse();
  const logit = outputs.reduce(
    (x, filters, i) => {
      const large = scope(`decoder/block${i + 1}`, pipe(units(filters, 3), upsample))(x);
      const skip = maps[maps.length - 2 - i];
      return skip === undefined ? large : concatenate([large, skip], { name: `decoder/block${i + 1}/concat` });
    },
    maps[maps.length - 1],
  );
  const logits = concatenate([rescale({ name: 'background', factor: 0 })(logit), logit], {
    name: segmenterLayers.logits,
  });
  const probabilities = activation('softmax', { name: segmenterLayers.probabilities })(logits);
  const model = tfModel({ inputs: input, outputs: probabilities, name: 'hypernet-unet' });
  const configuration = { widths, ...(seed === undefined ? {} : { seed }) };
  const size = [inputSize, inputSize] as const;
  const facts = { family: 'hypernet-unet', configuration, task: 'segmentation', classes, bands } as const;
  writeCard(model, createCard({ ...facts, inputSize: size }));
  return model;
}

/** Two convolutions, each with mirrored edges, bias, ReLU and batch norm (Keras' epsilon). */
function units(filters: number, kernelSize: number): Block<4> {
  const unit = pipe(
    mirrorPad({ name: 'pad', size: (kernelSize - 1) / 2 }),
    conv2d({ name: 'conv', filters, kernelSize, padding: 'valid', bias: true, init: 'glorotUniform' }),
    relu({ name: 'relu' }),
    batchNorm({ name: 'bn', momentum: 0.9, epsilon: 1e-3 }),
  );
  return pipe(scope('unit1', unit), scope('unit2', unit));
}

const pool: Block<4> = pipe(
  mirrorPad({
    name: 'pad',
    size: [
      [0, 1],
      [0, 1],
    ],
  }),
  maxPool({ name: 'pool', size: 3, stride: 2 }),
);

const upsample: Block<4> = (x) =>
  applyLayer('up', 'up', [x], ({ name }) => layers.upSampling2d({ name, size: [2, 2], interpolation: 'nearest' }));
