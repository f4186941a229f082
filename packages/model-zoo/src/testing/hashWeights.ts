import type { WeightArray } from '@lulc/core';

/** The TypeScript half of `import/fixtures/hash_weights.py`: weights and images that need no file. */

function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Numbers from -1 to 1 by name and row-major index. */
export function uniform(name: string, shape: readonly number[]): Float32Array {
  let seed = 0;
  for (const byte of new TextEncoder().encode(name)) seed = mix(seed ^ ((byte + 0x9e3779b9) >>> 0));
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, (_, i) => mix(seed ^ Math.imul(i, 0xc2b2ae3d)) / 2 ** 31 - 1);
}

/** A weight by what it is: statistics and scales near those of trained networks. */
export function fill(name: string, shape: readonly number[], role: string, dialect: 'torch' | 'keras'): WeightArray {
  const data = uniform(name, shape);
  const product = (sides: readonly number[]) => sides.reduce((size, side) => size * side, 1);
  const map = (change: (u: number) => number) => ({ dtype: 'float32' as const, shape, data: data.map(change) });
  if (role === 'moving_variance' || role === 'running_var') return map((u) => 1 + Math.abs(u) / 2);
  if (role === 'gamma' || (role === 'weight' && shape.length === 1)) return map((u) => 1 + u / 8);
  if (['kernel', 'depthwise_kernel', 'weight'].includes(role)) {
    const inputs = dialect === 'torch' ? shape.slice(1) : shape.slice(0, -1);
    const fanIn = role === 'depthwise_kernel' ? product(shape.slice(0, 2)) : product(inputs);
    const gain = Math.fround(Math.sqrt(3 / fanIn));
    return map((u) => u * gain);
  }
  return map((u) => u / 8);
}
