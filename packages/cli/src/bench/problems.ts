import { glcNetRecipe } from '@lulc/contrastive-ssl';
import { bceFromLogits, type LoopOptions, logitsModel, type NamedVariable, type TrainingProblem } from '@lulc/core';
import { segmentationLogits, segmentationLoss } from '@lulc/core/segmentation';
import type { ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { BenchNetwork } from './networks.js';

/** What must be known of a network to measure it. */
export type MeasuredNetwork = Pick<BenchNetwork, 'labels' | 'bands' | 'classes' | 'build' | 'pretraining'>;

/** Training on a batch that stays the same. */
export interface FixedTraining<B = unknown> {
  readonly batch: B;
  readonly problem: Omit<TrainingProblem<B>, 'source'>;
  readonly optimizer: LoopOptions['optimizer'];
  /** Frees everything. */
  dispose(): void;
}

/** Images `[batch, size, size, bands]`: fixed random numbers. */
export function fixedImages({ bands }: Pick<MeasuredNetwork, 'bands'>, size: number, batch: number): tf.Tensor4D {
  return tf.randomNormal([batch, size, size, bands], 0, 1, 'float32', 1) as tf.Tensor4D;
}

/**
 * What a network is trained on, by what it learns from: binary cross-entropy of labels, cross-entropy of masks, or the loss
 * of a pre-training method on two views.
 *
 * @param network what is trained
 * @param size height and width in pixels
 * @param batch images per step
 */
export function fixedTraining(network: MeasuredNetwork, size: number, batch: number): FixedTraining<never> {
  const make = network.pretraining === undefined ? onLabels : onViews;
  return make(network, size, batch) as FixedTraining<never>;
}

function onLabels(network: MeasuredNetwork, size: number, batch: number): FixedTraining<tf.Tensor4D> {
  const model = network.build(size);
  const images = fixedImages(network, size, batch);
  const { labels, loss } = network.labels === 'masks' ? masks(network, size, batch) : classes(network, size, batch);
  const logits = logitsOf(network, model);
  return {
    batch: images,
    problem: {
      weights: variables(model.trainableWeights),
      state: variables(model.nonTrainableWeights),
      tensors: (x) => [x, labels],
      loss: (_, [x, y]) => loss(logits.apply(x, { training: true }) as tf.Tensor, y),
      samples: () => batch,
    },
    optimizer: network.labels === 'masks' ? glcNetRecipe.optimizer : 'adam',
    dispose: () => {
      model.dispose();
      tf.dispose([images, labels]);
    },
  };
}

/** Fixed random labels, and what a network's logits are judged by. */
interface Labels {
  readonly labels: tf.Tensor;
  readonly loss: (logits: tf.Tensor, labels: tf.Tensor) => tf.Scalar;
}

/** Each class by itself. */
function classes({ classes, labels }: MeasuredNetwork, size: number, batch: number): Labels {
  const shape = labels === 'scenes' ? [batch, classes] : [batch, size, size, classes];
  const rows = (values: tf.Tensor) => tf.reshape(values, [-1, classes]) as tf.Tensor2D;
  return {
    labels: tf.tidy(() => tf.cast(tf.greater(tf.randomUniform(shape, 0, 1, 'float32', 2), 0.85), 'float32')),
    loss: (logits, wanted) => bceFromLogits(rows(logits), rows(wanted)),
  };
}

/** A class for every pixel. */
function masks({ classes }: MeasuredNetwork, size: number, batch: number): Labels {
  const loss = segmentationLoss('cross-entropy');
  return {
    labels: tf.tidy(() => tf.cast(tf.randomUniform([batch, size, size], 0, classes, 'float32', 2), 'int32')),
    loss: (logits, wanted) => loss(logits as tf.Tensor4D, wanted as tf.Tensor3D),
  };
}

function onViews(network: MeasuredNetwork, size: number, batch: number): FixedTraining<ViewBatch> {
  const { method, network: build } = (network.pretraining as NonNullable<MeasuredNetwork['pretraining']>)(size);
  const run = method.create({ network: build, batchSize: batch, seed: 1 });
  return {
    batch: fixedViews(network, size, batch),
    problem: {
      weights: run.weights,
      state: run.state,
      tensors: (views) => run.tensors(views),
      loss: (_, tensors) => run.loss(tensors),
      samples: () => batch,
    },
    optimizer: glcNetRecipe.optimizer,
    dispose: () => {
      run.dispose();
      run.model.dispose();
    },
  };
}

/** Two views of images that are eight pixels larger on all sides: the middle, and a corner. */
function fixedViews(network: MeasuredNetwork, size: number, batch: number): ViewBatch {
  const images = (shift: number) => {
    const tensor = fixedImages(network, size, batch);
    const values = tensor.dataSync() as Float32Array;
    tensor.dispose();
    return {
      images: values,
      imageShape: [batch, size, size, network.bands] as const,
      affines: Float64Array.from({ length: batch * 6 }, (_, i) => [1, 0, shift, 0, 1, shift][i % 6]),
    };
  };
  return { views: [images(8), images(16)], epoch: 0, indices: Array.from({ length: batch }, (_, i) => i) };
}

/**
 * The network before its probabilities, which losses start from.
 *
 * @param network says what it learns from
 * @param model what it built
 */
export function logitsOf({ labels }: Pick<MeasuredNetwork, 'labels'>, model: LayersModel): LayersModel {
  if (labels === 'scenes') return logitsModel(model);
  return labels === 'masks' ? segmentationLogits(model) : model;
}

const variables = (weights: LayersModel['weights']): NamedVariable[] =>
  weights.map((weight) => ({ name: weight.originalName, variable: weight.read() as tf.Variable }));
