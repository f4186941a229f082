import { LulcError, type NamedVariable } from '@lulc/core';
import type { DenseNetwork } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';

/** Maps that a trunk gives, `[B, h, w, C]` each. */
export interface TrunkMaps {
  /** The encoded map. */
  readonly encoded: tf.Tensor4D;
  /** The decoded map; the encoded one where the decoder is not trained. */
  readonly decoded: tf.Tensor4D;
}

/** Options of {@link trunk}. */
export interface TrunkOptions {
  /** How far the network is trained: to the encoded or to the decoded map. */
  readonly output: 'encoded' | 'decoded';
  /** Whether a dropout that ends the encoder is left out of the encoded map (the decoder keeps it); default false. */
  readonly beforeDropout?: boolean;
}

/** A dense network as something that can be applied and trained. */
export interface Trunk {
  /** The network up to the map that it is trained to. */
  readonly model: LayersModel;
  /** Channels of the encoded map. */
  readonly encodedChannels: number;
  /** Channels of the decoded map. */
  readonly decodedChannels: number;
  /** Its trainable weights by path. */
  readonly weights: readonly NamedVariable[];
  /** Its moving statistics by path. */
  readonly state: readonly NamedVariable[];
  /**
   * Both maps of scaled images.
   *
   * @param images `[B, H, W, bands]`
   * @param training whether batch statistics and dropout are used
   */
  maps(images: tf.Tensor4D, training: boolean): TrunkMaps;
  /** Height and width of the decoded map of images of a size. */
  decodedSize(size: readonly [height: number, width: number]): readonly [height: number, width: number];
  /** Mean of the encoded map in inference mode, `[B, C]`. */
  embed(images: tf.Tensor4D): tf.Tensor2D;
  /** Frees the weights of the network that `model` has not. */
  dispose(): void;
}

/**
 * Turns a dense network into models with named weights: the part under every pre-training method.
 *
 * @param network from a method's setup
 * @param options how far it is trained
 */
export function trunk(network: DenseNetwork, { output, beforeDropout = false }: TrunkOptions): Trunk {
  const { input, name } = network.backbone;
  const encoded = beforeDropout ? withoutLastDropout(network.encoded) : network.encoded;
  const decoded = output === 'decoded' ? network.decoded : encoded;
  const model = tfModel({ inputs: input, outputs: output === 'decoded' ? network.decoded : network.encoded, name });
  const encoder = tfModel({ inputs: input, outputs: encoded, name: `${name}-encoded` });
  const decoder = decoded === encoded ? encoder : tfModel({ inputs: input, outputs: decoded, name: `${name}-decoded` });
  const both =
    decoded === encoded ? encoder : tfModel({ inputs: input, outputs: [encoded, decoded], name: `${name}-maps` });
  const trainable = new Set(model.trainableWeights);
  return {
    model,
    encodedChannels: encoded.shape[3] as number,
    decodedChannels: decoded.shape[3] as number,
    weights: namedVariables([...trainable]),
    state: namedVariables(model.weights.filter((weight) => !trainable.has(weight))),
    maps: (images, training) => {
      const outputs = both.apply(images, { training });
      if (!Array.isArray(outputs)) return { encoded: outputs as tf.Tensor4D, decoded: outputs as tf.Tensor4D };
      const [first, second] = outputs as tf.Tensor4D[];
      return { encoded: first, decoded: second };
    },
    decodedSize: ([height, width]) => {
      const bands = input.shape[3];
      const [, h, w] = decoder.computeOutputShape([1, height, width, bands]) as number[];
      return [h, w];
    },
    embed: (images) =>
      tf.tidy(() => tf.mean(encoder.apply(images, { training: false }) as tf.Tensor4D, [1, 2]) as tf.Tensor2D),
    dispose: () => {
      const kept = new Set(model.weights);
      for (const weight of tfModel({ inputs: input, outputs: network.decoded }).weights) {
        if (!kept.has(weight)) weight.dispose();
      }
    },
  };
}

/**
 * The tensor that goes into dropout layers at the end of a graph.
 *
 * @param tensor where the graph ends
 */
export function withoutLastDropout(tensor: SymbolicTensor): SymbolicTensor {
  return tensor.sourceLayer.getClassName() === 'LulcDropout' ? withoutLastDropout(tensor.inputs[0]) : tensor;
}

/**
 * A model's weights under their paths; reading one gives the variable itself.
 *
 * @param weights of a layers model
 */
export const namedVariables = (weights: readonly LayersModel['weights'][number][]): NamedVariable[] =>
  weights.map((weight) => ({ name: weight.originalName, variable: weight.read() as tf.Variable<tf.Rank> }));

/**
 * Images of a view as a tensor.
 *
 * @param view one view of a batch
 * @param model what takes them
 * @throws LulcError `shape-mismatch` when they do not fit the model's input
 */
export function viewTensor(
  {
    images,
    imageShape,
  }: { readonly images: Float32Array; readonly imageShape: readonly [number, number, number, number] },
  model: LayersModel,
): tf.Tensor4D {
  const expected = model.inputs[0].shape;
  if (imageShape.some((size, axis) => axis > 0 && expected[axis] !== null && expected[axis] !== size)) {
    throw new LulcError(
      'shape-mismatch',
      `views are [${imageShape.slice(1)}], the network takes [${expected.slice(1)}]`,
      {
        where: { model: model.name },
        hint: "Give the views the network's size and bands, or build the network for theirs.",
      },
    );
  }
  return tf.tensor4d(images, [...imageShape]);
}
