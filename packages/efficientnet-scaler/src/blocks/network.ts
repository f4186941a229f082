import {
  activation,
  type Backbone,
  type Block,
  batchNorm,
  conv2d,
  type Feature,
  feature,
  pipe,
  type Sym,
  scope,
} from '@lulc/core';
import { type MBConvStyle, mbConv } from './mbConv.js';
import { padded } from './padding.js';
import type { EfficientNetShape } from './stages.js';

/** What {@link assemble} makes a network from. */
export interface Assembly {
  /** Readable name of the network. */
  readonly name: string;
  /** Its sizes. */
  readonly shape: EfficientNetShape;
  /** What its blocks share. */
  readonly style: MBConvStyle;
  /** What comes before the stem; nothing when absent. */
  readonly front?: Block<4>;
}

/**
 * Stem at stride 2, stages of inverted bottlenecks, and a last 1×1 convolution (`top`).
 *
 * @returns pyramid of the last map of each stride, 2 to 32; the coarsest one is the output of `top`
 */
export function assemble(input: Sym<4>, { name, shape, style, front = pipe<4>() }: Assembly): Backbone {
  const total = shape.stages.reduce((sum, { repeats }) => sum + repeats, 0);
  let x = pipe(front, scope('stem', convNormSwish(shape.stem, 3, 2, style)))(input);
  let reduction = 2;
  let index = 0;
  const features: Feature[] = [];
  for (const [position, { repeats, stride, ...stage }] of shape.stages.entries()) {
    if (stride > 1) features.push(feature(x, reduction));
    reduction *= stride;
    for (let i = 0; i < repeats; i++) {
      const block = mbConv({ ...stage, stride: i === 0 ? stride : 1, index: index++, total }, style);
      x = scope(`stage${position + 1}/block${i + 1}`, block)(x);
    }
  }
  x = scope('top', convNormSwish(shape.top, 1, 1, style))(x);
  features.push(feature(x, reduction));
  return { name, input, features, output: x };
}

function convNormSwish(filters: number, kernelSize: number, stride: number, style: MBConvStyle) {
  const { bias, init, norm } = style;
  return pipe(
    padded('pad', kernelSize, stride, style.padding ?? 'same', (padding) =>
      conv2d({ name: 'conv', filters, kernelSize, stride, padding, bias, init }),
    ),
    batchNorm({ name: 'bn', ...norm }),
    activation('swish', { name: 'swish' }),
  );
}
