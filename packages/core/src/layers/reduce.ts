import { max, mean } from '@tensorflow/tfjs-core';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
import type { Block } from './sym.js';

/** Which axis of `[B, H, W, C]` is reduced. */
export type ReducedAxis = 'height' | 'width' | 'channels';

const axisOf = { height: 1, width: 2, channels: 3 } as const;

const reduction = defineOpLayer<{ readonly reduce: 'mean' | 'max'; readonly axis: ReducedAxis }>({
  className: 'LulcReduce',
  call: ([x], { reduce, axis }) => (reduce === 'mean' ? mean : max)(x, axisOf[axis], true),
  outputShape: ([shape], { axis }) => shape.map((size, i) => (i === axisOf[axis] ? 1 : size)),
});

/** Mean over one axis, which stays with size 1: over `'channels'` it is CBAM's spatial descriptor `[B, H, W, 1]`. */
export function meanOver(axis: ReducedAxis, options: Named = {}): Block<4> {
  return (x) => applyLayer(options.name, 'mean', [x], ({ name }) => reduction(name, { reduce: 'mean', axis }));
}

/** Maximum over one axis, which stays with size 1. */
export function maxOver(axis: ReducedAxis, options: Named = {}): Block<4> {
  return (x) => applyLayer(options.name, 'max', [x], ({ name }) => reduction(name, { reduce: 'max', axis }));
}
