import { readCard } from '@lulc/core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';

/** Weights, by path, whose change does nothing as long as the network is as it was initialised, and why. */
interface IdlePattern {
  /** Families that have them. */
  readonly families: readonly string[];
  /** Paths. */
  readonly path: RegExp;
  /** The reason. */
  readonly reason: string;
}

const removed = 'a constant per channel, which every later batch norm takes away';

const patterns: readonly IdlePattern[] = [
  {
    families: ['vit'],
    path: /attention\/key\/bias$/,
    reason: 'adds the same to all scores of a query, which softmax does not see',
  },
  {
    families: ['mlp-mixer'],
    path: /token_dense2\/bias$/,
    reason: 'a constant per token, which every later layer norm takes away',
  },
  // In the first stage, whose blocks do not expand, a padded convolution comes next, for which it is no constant.
  { families: ['efficientnet', 'scaled-efficientnet'], path: /stage[2-7].*project(_bn|\/bn1)\/beta$/, reason: removed },
  {
    families: ['wrn-eca'],
    path: /conv1\/bn[01]\/gamma$/,
    reason: 'a scale in front of a ReLU and another batch norm, as long as its shift is 0',
  },
];

/**
 * The weights of a fresh model that have no gradient by construction.
 *
 * @param model a model of the zoo, as it was initialised
 * @returns reasons by path
 */
export function idleWeights(model: LayersModel): ReadonlyMap<string, string> {
  const family = readCard(model)?.family ?? '';
  const applying = patterns.filter(({ families }) => families.includes(family));
  const idle = new Map<string, string>();
  for (const layer of model.layers) {
    for (const { originalName } of layer.trainableWeights) {
      const reason =
        originalName.endsWith('bias') && isNormalisedAway(layer)
          ? removed
          : applying.find(({ path }) => path.test(originalName))?.reason;
      if (reason !== undefined) idle.set(originalName, reason);
    }
  }
  return idle;
}

/** Whether a layer's output goes into batch norms only. */
function isNormalisedAway(layer: layers.Layer): boolean {
  const followers = layer.outboundNodes.map(({ outboundLayer }) => outboundLayer.getClassName());
  return followers.length > 0 && followers.every((kind) => kind === 'LulcBatchNorm');
}
