import { type Backbone, feature, maxPool, type Sym, scope } from '@lulc/core';
import { vggStage } from './blocks.js';
import { resolveVgg, type VggBackboneOptions } from './options.js';

const widths = [64, 128, 256, 512, 512];

/**
 * A VGG network (Simonyan & Zisserman 2015, "Very deep convolutional networks for large-scale image recognition") without
 * its dense layers: five stages at strides 1, 2, 4, 8 and 16, a 2×2 maximum behind each.
 *
 * @param input scaled image `[B, H, W, bands]`
 * @param options depth
 * @returns pyramid of six features: each stage's map before its maximum, channels 64, 128, 256, 512 and 512, and the last
 *   maximum at stride 32. Odd sizes are rounded down
 * @throws LulcError `unknown-name` for a depth that there is not
 * @example
 * ```ts
 * import { vggBackbone } from '@lulc/cnn-baselines';
 * import { image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const backbone = vggBackbone(image({ shape: [64, 64, 10] }), { depth: 16 });
 * console.log(backbone.features.map((f) => f.stride)); // [1, 2, 4, 8, 16, 32]
 * ```
 */
export function vggBackbone(input: Sym<4>, options: VggBackboneOptions = {}): Backbone {
  const { convolutions, name } = resolveVgg(options);
  let x = input;
  const features = convolutions.map((count, index) => {
    const inStage = `stage${index + 1}`;
    const map = scope(inStage, vggStage(count, widths[index]))(x);
    x = scope(inStage, maxPool({ name: 'pool', size: 2 }))(map);
    return feature(map, 2 ** index);
  });
  return { name, input, features: [...features, feature(x, 2 ** convolutions.length)], output: x };
}
