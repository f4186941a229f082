import { LulcError } from '@lulc/core';
import type { ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { projectionHead } from '../heads/projectionHead.js';
import { type Denominator, ntXent } from '../losses/ntXent.js';
import { styleVector } from '../losses/styleVector.js';
import type { MethodRun, MethodSetup, PretrainingMethod } from '../method/method.js';
import { regionMeans } from '../regions/regionMeans.js';
import { type RegionDraw, type RegionTensors, regionTensors } from '../regions/regionTensors.js';
import { namedVariables, type TrunkMaps, trunk, viewTensor } from '../trunk/trunk.js';

/** A branch that contrasts whole images. */
export interface GlobalBranch {
  /** What of the encoded map stands for an image: its channels' means and variances, or only their means. */
  readonly features: 'style' | 'mean';
  /** Sizes of the head's layers. */
  readonly units: readonly number[];
  /** Divisor of its similarities. */
  readonly temperature: number;
}

/** A branch that contrasts regions or pixels of the decoded map. */
export interface LocalBranch extends Omit<RegionDraw, 'seed'> {
  /** Sizes of the head's layers for a number of channels of the decoded map. */
  readonly units: (channels: number) => readonly number[];
  /** Size of a linear map before them. */
  readonly linear?: number | undefined;
  /** Divisor of its similarities. */
  readonly temperature: number;
}

/** A method that contrasts two views of images: as wholes, in regions, or both. */
export interface TwoViewSpec {
  /** Readable name. */
  readonly name: string;
  /** All options, as the card records them. */
  readonly configuration: PretrainingMethod['configuration'];
  /** What anchors are compared with. */
  readonly denominator: Denominator;
  /** Weight of the global branch, 1 minus that of the local one; of no account when there is one branch. */
  readonly lambda: number;
  /** The branch of whole images, if any. */
  readonly global: GlobalBranch | undefined;
  /** The branch of regions, if any. */
  readonly local: LocalBranch | undefined;
  /** Whether the global branch looks at the encoded map before the dropout that ends the encoder. */
  readonly beforeDropout: boolean;
}

/**
 * The one mechanism under GLCNet, Embedding Earth and SimCLR: both views go through the same network one after the other,
 * and each branch is NT-Xent over what it takes from the maps.
 */
export function twoViewMethod(spec: TwoViewSpec): PretrainingMethod {
  return {
    name: spec.name,
    configuration: spec.configuration,
    views: 2,
    trains: trainedTo(spec),
    create: (setup) => createRun(spec, setup),
  };
}

const trainedTo = ({ local }: TwoViewSpec): 'encoded' | 'decoded' => (local === undefined ? 'encoded' : 'decoded');

function createRun(spec: TwoViewSpec, { network, seed }: MethodSetup): MethodRun {
  const { global, local, denominator, lambda } = spec;
  const body = trunk(network(), {
    output: trainedTo(spec),
    beforeDropout: spec.beforeDropout,
  });
  const globalHead =
    global &&
    projectionHead({
      name: 'global',
      features: body.encodedChannels * (global.features === 'style' ? 2 : 1),
      units: global.units,
      seed,
    });
  const localHead =
    local &&
    projectionHead({
      name: 'local',
      features: body.decodedChannels,
      units: local.units(local.linear ?? body.decodedChannels),
      linear: local.linear,
      seed,
    });
  const heads = [globalHead, localHead].filter((head) => head !== undefined);

  const globalLoss = (branch: GlobalBranch, head: LayersModel, maps: readonly TrunkMaps[]): tf.Scalar => {
    const [zi, zj] = maps.map(({ encoded }) =>
      embedding(head, branch.features === 'style' ? styleVector(encoded) : (tf.mean(encoded, [1, 2]) as tf.Tensor2D)),
    );
    return ntXent(zi, zj, { temperature: branch.temperature, denominator });
  };
  const localLoss = (
    branch: LocalBranch,
    head: LayersModel,
    maps: readonly TrunkMaps[],
    { rows, columns, valid, footprints }: RegionTensors,
  ): tf.Scalar => {
    const [zi, zj] = maps.map(({ decoded }, i) => embedding(head, regionMeans(decoded, rows[i], columns[i])));
    return ntXent(zi, zj, { temperature: branch.temperature, denominator, valid, footprints });
  };

  return {
    weights: [...body.weights, ...heads.flatMap((head) => namedVariables(head.trainableWeights))],
    state: body.state,
    model: body.model,
    tensors: (batch) => {
      const [first, second] = twoViews(batch, spec.name);
      const images = [first, second].map((view) => viewTensor(view, body.model));
      if (local === undefined) return images;
      const sizes = [first, second].map(({ imageShape: [, height, width] }) => body.decodedSize([height, width]));
      return [...images, ...inOrder(regionTensors(batch, [sizes[0], sizes[1]], { ...local, seed }))];
    },
    loss: ([first, second, ...regions]) => {
      const maps = [first, second].map((images) => body.maps(images as tf.Tensor4D, true));
      const ofImages = global && globalHead && globalLoss(global, globalHead, maps);
      const ofRegions = local && localHead && localLoss(local, localHead, maps, fromOrder(regions));
      if (ofImages === undefined) return ofRegions as tf.Scalar;
      if (ofRegions === undefined) return ofImages;
      return tf.add(tf.mul(ofImages, lambda), tf.mul(ofRegions, 1 - lambda));
    },
    embed: body.embed,
    dispose: () => {
      body.dispose();
      for (const head of heads) head.dispose();
    },
  };
}

const embedding = (head: LayersModel, features: tf.Tensor2D): tf.Tensor2D =>
  head.apply(features, { training: true }) as tf.Tensor2D;

function twoViews({ views }: ViewBatch, method: string): ViewBatch['views'] {
  if (views.length === 2) return views;
  throw new LulcError(
    'invalid-argument',
    `'${method}' compares two views of each image, the batch has ${views.length}`,
    {
      where: { method },
      hint: 'Give the loader two recipes of views.',
    },
  );
}

const inOrder = ({ rows, columns, valid, footprints }: RegionTensors): tf.Tensor[] => [
  ...rows,
  ...columns,
  valid,
  ...(footprints === undefined ? [] : [footprints]),
];

function fromOrder(tensors: readonly tf.Tensor[]): RegionTensors {
  const [rows1, rows2, columns1, columns2, valid, footprints] = tensors as tf.Tensor3D[];
  return {
    rows: [rows1, rows2],
    columns: [columns1, columns2],
    valid: valid as tf.Tensor as tf.Tensor1D,
    footprints: footprints as tf.Tensor3D | undefined,
  };
}
