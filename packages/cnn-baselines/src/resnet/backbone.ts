import { type Backbone, feature, type Sym, scope } from '@lulc/core';
import { stage, stem } from './blocks.js';
import { type ResNetBackboneOptions, resolveResNet } from './options.js';

const strides = [1, 2, 2, 2];
const stemReduction = 4;

/**
 * A residual network (He et al. 2016, "Deep residual learning for image recognition") without its head: stem at stride 4
 * and four stages at strides 4, 8, 16 and 32, or no more than the `outputStride`.
 *
 * @param input scaled image `[B, H, W, bands]`
 * @param options depth, output stride, style, momentum and epsilon
 * @returns pyramid of four features; channels 256, 512, 1024 and 2048, or 64 to 512 for depth 18
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options
 * @example
 * ```ts
 * import { resNetBackbone } from '@lulc/cnn-baselines';
 * import { image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const backbone = resNetBackbone(image({ shape: [120, 120, 10] }), { depth: 18 });
 * console.log(backbone.features.map((f) => [f.stride, f.channels])); // [[4, 64], [8, 128], [16, 256], [32, 512]]
 * ```
 */
export function resNetBackbone(input: Sym<4>, options: ResNetBackboneOptions = {}): Backbone {
  const { block, blocks, style, outputStride, name } = resolveResNet(options);
  let x = stem(style)(input);
  let reduction = stemReduction;
  let dilation = 1;
  const features = blocks.map((count, index) => {
    const isStrided = reduction * strides[index] <= outputStride;
    const stride = isStrided ? strides[index] : 1;
    if (!isStrided) dilation *= strides[index];
    x = scope(`stage${index + 1}`, stage({ block }, 64 * 2 ** index, stride, count, { ...style, dilation }))(x);
    reduction *= stride;
    return feature(x, reduction);
  });
  return { name, input, features, output: x };
}
