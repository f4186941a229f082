import { util } from '@tensorflow/tfjs-core';
import type { Values } from './againstCpu.js';

/** Repeatable numbers between -2 and 2 that look like noise. */
export function waves(shape: readonly number[], seed = 1): Values {
  const count = util.sizeFromShape([...shape]);
  const values = Array.from({ length: count }, (_, i) => 2 * Math.sin((i + 1) * 12.9898 * (seed + 0.37)));
  return { shape: [...shape], dtype: 'float32', values };
}
