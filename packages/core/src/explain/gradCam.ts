import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, type layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import { classifierLayers } from '../backbone/classifier.js';
import { LulcError, unknownName } from '../errors/lulcError.js';

/** Options of {@link gradCam}. */
export interface GradCamOptions {
  /**
   * The class to explain: an index for all images, one index per image, or `'predicted'` (default), each image's
   * highest score.
   */
  readonly classIndex?: number | readonly number[] | 'predicted';
  /** Path of the layer whose feature map is used; default the last map before the head turns it into a vector. */
  readonly layer?: string;
}

/**
 * Where a classifier looks: Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391).
 *
 * With the feature map `A` and the score `y` (the logit) of a class, channel `k` gets the weight
 * `α_k = mean over pixels of ∂y/∂A_k`, and the map is `ReLU(Σ_k α_k A_k)`, brought to the size of the input bilinearly
 * (half-pixel centres) and stretched to 0 … 1 image by image. A map without any positive evidence, or without contrast,
 * is 0 everywhere.
 *
 * @param model a classifier with a layer `head` (its logits; else the model's output is taken), one or several inputs
 * @param images `[B, H, W, C]`, scaled as for prediction; for a model of several inputs one tensor each
 * @returns `[B, H, W]`, float32 in 0 … 1, at the size of the largest input; dispose it after use
 * @throws LulcError `invalid-argument` for a class that the model does not have, or when the last feature map is not
 * unique; `unknown-name` for a layer it does not have; `shape-mismatch` when the layer's output is not a feature map or
 * the images do not fit
 * @example
 * ```ts
 * import { randomUniform } from '@tensorflow/tfjs-core';
 * import { classifier, conv2d, feature, gradCam, image, pipe, relu, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = pipe(conv2d({ filters: 8, kernelSize: 3, stride: 2 }), relu())(input);
 * const model = classifier({ name: 'tiny', input, output, features: [feature(output, 2)] }, { classes: 3 });
 * const maps = gradCam(model, randomUniform([2, 32, 32, 4]));
 * console.log(maps.shape); // [2, 32, 32]
 * ```
 */
export function gradCam(
  model: LayersModel,
  images: tf.Tensor4D | readonly tf.Tensor4D[],
  { classIndex = 'predicted', layer }: GradCamOptions = {},
): tf.Tensor3D {
  const inputs = 'shape' in images ? [images] : [...images];
  checkImages(model, inputs);
  const logits = scoresOf(model);
  const feature = layer === undefined ? lastFeatureMap(model) : outputOf(model, layer);
  return tf.tidy(() => {
    const toFeature = tfModel({ inputs: model.inputs, outputs: feature });
    const batchSize = inputs[0].shape[0];
    const activations = toFeature.predict(inputs, { batchSize }) as tf.Tensor4D;
    const score = (map: tf.Tensor): tf.Tensor => evaluate(logits, new Map([[feature.id, map]]), feature.name);
    const explained = classMask(score(activations) as tf.Tensor2D, classIndex);
    const gradients = tf.grad((map) => tf.sum(tf.mul(score(map), explained)))(activations);
    const weights = tf.mean(gradients, [1, 2], true);
    const map = tf.relu(tf.sum(tf.mul(activations, weights), 3, true)) as tf.Tensor4D;
    const [height, width] = [1, 2].map((axis) => Math.max(...inputs.map(({ shape }) => shape[axis])));
    return tf.squeeze<tf.Tensor3D>(stretch(tf.image.resizeBilinear(map, [height, width], false, true)), [3]);
  });
}

/** Each map to 0 … 1; one without contrast to 0. */
function stretch(maps: tf.Tensor4D): tf.Tensor4D {
  const low = tf.min(maps, [1, 2], true);
  return tf.divNoNan(tf.sub(maps, low), tf.sub(tf.max(maps, [1, 2], true), low));
}

/**
 * `[B, classes]` with 1 at the class to explain of each image. The cast is needed: TF.js' wasm engine writes a float32
 * one-hot with the bits of integers.
 */
function classMask(scores: tf.Tensor2D, wanted: number | readonly number[] | 'predicted'): tf.Tensor {
  const [batch, classes] = scores.shape;
  const mask = (indices: tf.Tensor): tf.Tensor => tf.cast(tf.oneHot(indices, classes), 'float32');
  if (wanted === 'predicted') return mask(tf.argMax(scores, 1));
  const indices = typeof wanted === 'number' ? Array<number>(batch).fill(wanted) : [...wanted];
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= classes);
  if (wrong !== undefined || indices.length !== batch) {
    throw new LulcError(
      'invalid-argument',
      wrong === undefined
        ? `${indices.length} class indices were given for ${batch} images`
        : `the model has the classes 0 to ${classes - 1}, not ${wrong}`,
    );
  }
  return mask(tf.tensor1d(indices, 'int32'));
}

function checkImages(model: LayersModel, images: readonly tf.Tensor[]): void {
  const expected = model.inputs.map(({ shape }) => shape);
  const fits =
    images.length === expected.length &&
    images.every(
      ({ shape }, i) =>
        shape.length === 4 &&
        expected[i].length === 4 &&
        shape[0] === images[0].shape[0] &&
        expected[i].every((side, axis) => side === null || side === shape[axis]),
    );
  if (!fits) {
    const show = (shapes: readonly (readonly (number | null)[])[]) => shapes.map((s) => `[${s.join(', ')}]`).join(', ');
    throw new LulcError('shape-mismatch', 'the images do not fit the inputs of the model', {
      where: { model: show(expected), got: show(images.map(({ shape }) => shape)) },
    });
  }
}

function scoresOf(model: LayersModel): SymbolicTensor {
  const head = model.layers.find(({ name }) => name === classifierLayers.logits);
  const scores = head === undefined ? model.outputs[0] : (head.output as SymbolicTensor);
  if (scores.shape.length !== 2) {
    throw new LulcError('shape-mismatch', 'the model does not give one score per class', {
      where: { model: model.name, output: `[${scores.shape.join(', ')}]` },
    });
  }
  return scores;
}

function outputOf(model: LayersModel, name: string): SymbolicTensor {
  const layer: layers.Layer | undefined = model.layers.find((candidate) => candidate.name === name);
  if (layer === undefined) {
    const known = model.layers.map((candidate) => candidate.name);
    throw unknownName('layer', name, known, { model: model.name });
  }
  const output = layer.output as SymbolicTensor;
  if (output.shape?.length !== 4) {
    throw new LulcError('shape-mismatch', `the output of the layer is not a feature map [B, H, W, C]`, {
      where: { layer: name },
    });
  }
  return output;
}

/** The feature map at which the graph, followed back from the scores, first becomes an image again. */
function lastFeatureMap(model: LayersModel): SymbolicTensor {
  const found = new Map<number, SymbolicTensor>();
  const seen = new Set<number>();
  const pending = [scoresOf(model)];
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    if (seen.has(tensor.id)) continue;
    seen.add(tensor.id);
    if (isMap(tensor)) found.set(tensor.id, tensor);
    else pending.push(...tensor.inputs);
  }
  const [feature, another] = found.values();
  if (feature === undefined || another !== undefined) {
    throw new LulcError('invalid-argument', `the model has ${found.size} last feature maps, not one`, {
      where: { model: model.name },
      hint: `Name one with the option layer${another === undefined ? '' : `: ${[...found.values()].map(({ sourceLayer }) => sourceLayer.name).join(' or ')}`}.`,
    });
  }
  return feature;
}

/** Has pixels: what global pooling leaves, `[B, 1, 1, C]`, has not. */
function isMap({ shape }: SymbolicTensor): boolean {
  return shape.length === 4 && (shape[1] !== 1 || shape[2] !== 1);
}

/** The value of `wanted` in inference mode, computed from the values that are known. */
function evaluate(wanted: SymbolicTensor, known: Map<number, tf.Tensor>, from: string): tf.Tensor {
  const value = known.get(wanted.id);
  if (value !== undefined) return value;
  if (wanted.inputs.length === 0) {
    throw new LulcError('invalid-argument', `the scores depend on more than the feature map '${from}'`, {
      hint: 'Choose a layer that everything passes through.',
    });
  }
  const inputs = wanted.inputs.map((input) => evaluate(input, known, from));
  const outputs = wanted.sourceLayer.call(inputs.length === 1 ? inputs[0] : inputs, { training: false });
  const output = Array.isArray(outputs) ? outputs[wanted.outputTensorIndex ?? 0] : outputs;
  known.set(wanted.id, output);
  return output;
}
