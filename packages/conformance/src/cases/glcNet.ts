import { createSegmenter, glcNetNetwork } from '@lulc/model-zoo';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { DenseNetworkCase } from '../golden/files.js';

/** The decoders of the file. */
export type GlcNetDecoder = 'dense_decoder' | 'class_decoder';

/** GLCNet's network with one of the file's decoders, whose last convolution has so many channels; dropout off. */
export function glcNet({ config }: DenseNetworkCase, channels: number): Promise<LayersModel> {
  return createSegmenter({
    ...glcNetNetwork({ phase: 'pre-training' }),
    bands: config.bands as number,
    inputSize: config.inputSize as number,
    classes: channels,
    seed: 1,
  });
}

/** The file as one of a network with one of the decoders, in the names of this library. */
export function withDecoder(file: DenseNetworkCase, decoder: GlcNetDecoder): DenseNetworkCase {
  const other = decoder === 'dense_decoder' ? 'class_decoder' : 'dense_decoder';
  return {
    ...file,
    tensors: file.tensors
      .filter(({ path }) => !path.startsWith(`${other}/`))
      .map((tensor) => ({ ...tensor, path: glcNetPath(tensor.path) })),
  };
}

/** Where the last layers of the file's named activations are here. */
export const glcNetTaps = {
  stem: 'stem/pool',
  layer1: 'stage1/block3/relu',
  layer2: 'stage2/block4/relu',
  layer3: 'stage3/block6/relu',
  layer4: 'stage4/block3/relu',
  aspp: 'context/concat',
  encoder: 'context/tail/relu',
};

/** The path here of a weight in the file. */
export function glcNetPath(path: string): string {
  return path
    .replace(/^layer(\d)\/(block\d)\/conv(\d)\/(conv|bn)\//, 'stage$1/$2/$4$3/')
    .replace(/^layer(\d)\/(block\d)\/shortcut\//, 'stage$1/$2/skip/')
    .replace(/^aspp\/branch(\d)/, (_, branch) => `context/branch${Number(branch) + 1}`)
    .replace(/^aspp\/pool/, 'context/pool')
    .replace(/^encoder/, 'context/tail')
    .replace(/^(?:dense|class)_decoder\/(?:out|(low)|conv(\d))\//, (_, low, unit) =>
      low ? 'decoder/low/' : unit ? `decoder/unit${unit}/` : 'head/',
    );
}
