import { type Backbone, type Block, feature, type Sym, scope } from '@lulc/core';
import { denseStage, halve, normRelu, stem } from './blocks.js';
import { type DenseNetBackboneOptions, resolveDenseNet } from './options.js';

const stemReduction = 4;

/**
 * A densely connected network (Huang et al. 2017, "Densely connected convolutional networks") without its head: stem at
 * stride 4 and four stages at strides 4, 8, 16 and 32, transitions between them.
 *
 * @param input scaled image `[B, H, W, bands]`
 * @param options depth and epsilon
 * @returns pyramid of four features, each behind the batch norm and ReLU that follow its stage; channels 256, 512, 1024 and
 *   1024 of depth 121. Odd sizes are rounded down after the first feature
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options
 * @example
 * ```ts
 * import { denseNetBackbone } from '@lulc/cnn-baselines';
 * import { image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const backbone = denseNetBackbone(image({ shape: [64, 64, 10] }), { depth: 121 });
 * console.log(backbone.features.map((f) => [f.stride, f.channels])); // [[4, 256], [8, 512], [16, 1024], [32, 1024]]
 * ```
 */
export function denseNetBackbone(input: Sym<4>, options: DenseNetBackboneOptions = {}): Backbone {
  const { blocks, epsilon, name } = resolveDenseNet(options);
  const style = { epsilon };
  let x = stem(style)(input);
  const features = blocks.map((count, index) => {
    const grown = scope<4, 4>(`stage${index + 1}`, denseStage(count, style))(x);
    const isLast = index === blocks.length - 1;
    const activate = normRelu('', style);
    const inTransition = (block: Block<4>) => scope<4, 4>(`transition${index + 1}`, block);
    const map = isLast ? activate(grown) : inTransition(activate)(grown);
    x = isLast ? map : inTransition(halve())(map);
    return feature(map, stemReduction * 2 ** index);
  });
  return { name, input, features, output: x };
}
