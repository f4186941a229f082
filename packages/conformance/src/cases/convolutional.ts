import {
  type DenseNetDepth,
  denseNet,
  denseNetShapes,
  type ResNetDepth,
  resNet,
  type VggDepth,
  vgg,
} from '@lulc/cnn-baselines';
import type { NetworkFamily } from './networkFamily.js';

/** Fields of a configuration. */
interface Config {
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
}

/** Fields of a configuration with batch norms. */
interface NormConfig extends Config {
  readonly bnEpsilon: number;
}

function residualNetwork(depth: ResNetDepth): NetworkFamily {
  return {
    build: ({ config }) => {
      const { inputSize, channels, classes, bnEpsilon } = config as unknown as NormConfig;
      return resNet({ depth, inputSize, bands: channels, classes, epsilon: bnEpsilon, seed: 1 });
    },
    layerOf: resNetLayer,
  };
}

function densenet(depth: DenseNetDepth): NetworkFamily {
  return {
    build: ({ config }) => {
      const { inputSize, channels, classes, bnEpsilon } = config as unknown as NormConfig;
      return denseNet({ depth, inputSize, bands: channels, classes, epsilon: bnEpsilon, seed: 1 });
    },
    layerOf: (name) => denseNetLayer(name, depth),
  };
}

function veryDeepNetwork(depth: VggDepth): NetworkFamily {
  return {
    build: ({ config }) => {
      const { inputSize, channels, classes } = config as unknown as Config;
      return vgg({ depth, inputSize, bands: channels, classes, seed: 1 });
    },
    layerOf: (name) => name.replace(/^block(\d)_/, 'stage$1/'),
  };
}

/** Keras counts the stem as the first stage and a block's projection as its layer 0: `conv2_block1_0_conv`. */
function resNetLayer(name: string): string {
  const inBlock = /^conv(\d)_block(\d+)(?:_(\d)_(conv|bn))?$/.exec(name);
  if (!inBlock) return stemLayer(name);
  const [, stage, block, position, kind] = inBlock;
  const path = `stage${Number(stage) - 1}/block${block}`;
  if (kind === undefined) return path;
  return position === '0' ? `${path}/skip/${kind}` : `${path}/${kind}${position}`;
}

/** Keras counts batch norms of a block from 0, and names a transition after the stage before it: `pool2_conv`. */
function denseNetLayer(name: string, depth: DenseNetDepth): string {
  const inBlock = /^conv(\d)_block(\d+)_(\d)_(conv|bn)$/.exec(name);
  if (inBlock) {
    const [, stage, block, position, kind] = inBlock;
    return `stage${Number(stage) - 1}/block${block}/${kind}${Number(position) + (kind === 'bn' ? 1 : 0)}`;
  }
  const stageEnd = /^conv(\d)$/.exec(name);
  if (stageEnd) {
    const stage = Number(stageEnd[1]) - 1;
    return `stage${stage}/block${denseNetShapes[depth].blocks[stage - 1]}/concat`;
  }
  const inTransition = /^pool([2-4])(?:_(conv|bn))?$/.exec(name);
  if (inTransition) return `transition${Number(inTransition[1]) - 1}/${inTransition[2] ?? 'pool'}`;
  return stemLayer(name);
}

/** Both have the same stem. */
function stemLayer(name: string): string {
  return name.replace(/^conv1_(conv|bn)$/, 'stem/$1').replace(/^pool1$/, 'stem/pool');
}

/** The golden files' networks of `@lulc/cnn-baselines`. */
export const convolutionalFamilies: Readonly<Record<string, NetworkFamily>> = {
  ResNet50: residualNetwork(50),
  DenseNet121: densenet(121),
  VGG16: veryDeepNetwork(16),
};
