import type { JsonValue, NamedVariable } from '@lulc/core';
import type { DenseNetwork } from '@lulc/core/segmentation';
import type { ViewBatch } from '@lulc/core/views';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What a method is told when a run begins. */
export interface MethodSetup {
  /**
   * Builds the network that is to be pre-trained; called once, and once more by methods that keep a slowly moving copy.
   * Every call gives fresh layers under the same paths.
   */
  readonly network: () => DenseNetwork;
  /** Images per batch; the last batch of an epoch must not be smaller. */
  readonly batchSize: number;
  /** Seed of heads and of everything the method draws. */
  readonly seed: number;
}

/** A method at work on a network: what one pre-training run trains. */
export interface MethodRun {
  /** Variables that get gradients: the network's and the heads'. */
  readonly weights: readonly NamedVariable[];
  /** Variables that a step changes by itself: moving statistics, momentum copies, queues. */
  readonly state: readonly NamedVariable[];
  /**
   * The network without heads, as far as the method trains it: what is saved, and what weights are transferred from. Its
   * output is the encoded or the decoded map.
   */
  readonly model: LayersModel;
  /**
   * Makes the tensors of a batch: images, regions, masks. Everything random in a step is drawn here, from (seed, epoch, index).
   *
   * @param batch views of a batch of images
   */
  tensors(batch: ViewBatch): Tensor[];
  /**
   * The loss of a batch, made of differentiable ops; depends on nothing but weights, state and these tensors.
   *
   * @param tensors what `tensors` made
   */
  loss(tensors: readonly Tensor[]): Scalar;
  /**
   * Embeddings in inference mode, for the health of the run and for probes: the encoded map's mean per image.
   *
   * @param images scaled images `[B, H, W, bands]`
   * @returns `[B, C]`
   */
  embed(images: Tensor4D): Tensor2D;
  /** Frees all weights but those of `model`. */
  dispose(): void;
}

/** A way to pre-train a network without labels. */
export interface PretrainingMethod {
  /** Readable name, e.g. `'glcnet'`. */
  readonly name: string;
  /** All options with their defaults filled in, as the card of the pre-trained model records them. */
  readonly configuration: { readonly [option: string]: JsonValue };
  /** Number of views of each image that it works on. */
  readonly views: 1 | 2;
  /** How far it trains a network, and what its model gives: the encoded or the decoded map. */
  readonly trains: 'encoded' | 'decoded';
  /**
   * Sets the method up on a network.
   *
   * @param setup network, batch size and seed
   * @throws LulcError `shape-mismatch` or `invalid-argument` when network and method do not fit
   */
  create(setup: MethodSetup): MethodRun;
}
