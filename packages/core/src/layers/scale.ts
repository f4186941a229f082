import type { Tensor } from '@tensorflow/tfjs-core';
import { mul, reshape } from '@tensorflow/tfjs-core';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
import type { Sym } from './sym.js';

const scaling = defineOpLayer<object>({
  className: 'LulcScale',
  call: ([x, ...factors]) =>
    factors.reduce<Tensor>((y, s) => mul(y, s.rank === 2 ? reshape(s, [-1, 1, 1, s.shape[1] as number]) : s), x),
  outputShape: ([shape]) => shape,
});

/**
 * `x` times each factor: a channel gate `[B, C]`, or a map that broadcasts against `[B, H, W, C]` (`[B, H, W, 1]`,
 * `[B, H, 1, C]` …).
 */
export function scale(x: Sym<4>, factors: readonly (Sym<2> | Sym<4>)[], options: Named = {}): Sym<4> {
  return applyLayer(options.name, 'scale', [x, ...factors], ({ name }) => scaling(name, {}));
}
