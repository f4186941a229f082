import { type Backbone, feature, pipe, type Sym, scope } from '@lulc/core';
import { convUnit } from '@lulc/core/segmentation';
import { type PlainConvOptions, resolvePlainConv } from './options.js';

/**
 * The encoder of nnU-Net's PlainConvUNet (Isensee et al. 2021, arXiv:1809.10486; its public code v2.8): stages of two 3×3
 * convolutions, each with a norm and a leaky ReLU of slope 0.01. The first convolution of a stage shrinks the map; there is
 * no pooling.
 *
 * Layer paths: `stage1/unit1/conv`, `stage1/unit1/norm` (`bn` of a batch norm), …
 *
 * @param input scaled image `[B, H, W, bands]`
 * @param options widths, strides and style; all optional
 * @returns pyramid of one feature per stage, at strides 1, 2, 4, … (the larger of the two where axes differ)
 * @throws LulcError `invalid-argument` or `unknown-name` for an option out of range
 * @example
 * ```ts
 * import { plainConvEncoder } from '@lulc/cloud-unet-kd';
 * import { image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const backbone = plainConvEncoder(image({ shape: [64, 64, 4] }), { widths: [8, 16, 32] });
 * console.log(backbone.features.map((f) => [f.stride, f.channels])); // [[1, 8], [2, 16], [4, 32]]
 * ```
 */
export function plainConvEncoder(input: Sym<4>, options: PlainConvOptions = {}): Backbone {
  const { widths, strides, kernels, ...style } = resolvePlainConv(options);
  let output = input;
  let reduction = [1, 1];
  const features = widths.map((filters, i) => {
    const unit = { ...style, filters, kernelSize: kernels[i] };
    const stage = pipe(scope('unit1', convUnit({ ...unit, stride: strides[i] })), scope('unit2', convUnit(unit)));
    output = scope(`stage${i + 1}`, stage)(output);
    reduction = reduction.map((factor, axis) => factor * strides[i][axis]);
    return feature(output, Math.max(...reduction));
  });
  return { name: `plain-conv-s${widths.length}-b${widths[0]}`, input, features, output };
}
