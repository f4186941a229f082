import {
  type Block,
  batchNorm,
  type ClassificationTask,
  classifier,
  conv2d,
  createCard,
  feature,
  image,
  maxPool,
  pipe,
  relu,
  scope,
  writeCard,
} from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** Options of {@link plainCnn}. */
export interface PlainCnnOptions {
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Class names in output order. */
  readonly classes: readonly string[];
  /** What the labels mean. */
  readonly task: ClassificationTask;
  /** Channels of each stage; default `[32, 64, 128]`, which makes about as many parameters as WRN-B0 has. */
  readonly widths?: readonly number[];
  /** Height and width of the input in pixels; default 60, the size of WRN-B0. */
  readonly inputSize?: number;
  /** Share of the pooled features dropped in training before the last layer; default 0. */
  readonly headDropout?: number;
  /** Seed of the weights; random when absent. */
  readonly seed?: number;
}

/**
 * A plain convolutional network in the manner of VGG (Simonyan & Zisserman 2015, arXiv:1409.1556): stages of two
 * 3×3 convolutions with batch norm and ReLU, each followed by 2×2 max pooling, then the mean over all pixels and one
 * dense layer. No residuals, no attention, no scaling rule: what a scaled network is to be compared with.
 *
 * Input `[B, size, size, bands]` float32, scaled per band; output probabilities `[B, classes]`. Layer paths:
 * `stage1/conv1`, `stage1/bn1`, … , `head`.
 *
 * @param options bands, classes and task; the rest has defaults
 * @returns a model with its card
 * @throws LulcError `shape-mismatch` when the image is too small for the number of stages, `invalid-argument`
 */
export function plainCnn(options: PlainCnnOptions): LayersModel {
  const { bands, classes, task, widths = [32, 64, 128], inputSize = 60, headDropout = 0, seed } = options;
  const input = image({ shape: [inputSize, inputSize, bands.length], seed });
  let x = input;
  const features = widths.map((width, index) => {
    x = scope(`stage${index + 1}`, pipe(unit(width, 1), unit(width, 2), maxPool({ size: 2 })))(x);
    return feature(x, 2 ** (index + 1));
  });
  const model = classifier(
    { name: 'plain-cnn', input, features, output: x },
    { classes: classes.length, task, dropout: headDropout },
  );
  writeCard(
    model,
    createCard({
      family: 'plain-cnn',
      configuration: { widths: [...widths], headDropout, ...(seed === undefined ? {} : { seed }) },
      task,
      classes,
      bands,
      inputSize: [inputSize, inputSize],
    }),
  );
  return model;
}

function unit(filters: number, n: number): Block<4> {
  return pipe(
    conv2d({ name: `conv${n}`, filters, kernelSize: 3 }),
    batchNorm({ name: `bn${n}` }),
    relu({ name: `relu${n}` }),
  );
}
