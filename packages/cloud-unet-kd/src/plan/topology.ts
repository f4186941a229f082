import type { PlannerVersion } from './plan.js';

/** Two numbers: vertical, horizontal. */
export type Pair = readonly [vertical: number, horizontal: number];

/** How often a patch is halved, and with which kernels. */
export interface Topology {
  /** The patch, enlarged so that every halving is exact. */
  readonly patchSize: Pair;
  /** Halvings per axis. */
  readonly pools: Pair;
  /** Shrinking per stage; `[1, 1]` for the first. */
  readonly strides: readonly Pair[];
  /** Kernel per stage. */
  readonly kernels: readonly Pair[];
}

/** No axis of a map gets smaller than this. */
export const smallestEdge = 4;

const axes = [0, 1] as const;
const pair = (of: (axis: 0 | 1) => number): Pair => [of(0), of(1)];

/**
 * nnU-Net's rule how a network shrinks a patch (spec 3.3 step 4, 3.5): axes of the finest spacing are halved as long as at
 * least four pixels remain.
 *
 * @param version v1 looks for the finest spacing among all axes and halves exactly; v2 among those that can be halved, rounds
 *   up, and halves an axis alone only from 12 pixels on
 * @param spacing of the pixels
 * @param patch in pixels
 * @param stages at most; fewer when the patch is small
 */
export function topology(
  version: PlannerVersion,
  spacing: Pair,
  patch: Pair,
  stages = Number.POSITIVE_INFINITY,
): Topology {
  const v2 = version === 'v2';
  let [size, gap]: [Pair, Pair] = [patch, spacing];
  let kernel: Pair = [1, 1];
  const strides: Pair[] = [[1, 1]];
  const kernels: Pair[] = [];
  while (strides.length < stages) {
    const large = axes.filter((axis) => size[axis] >= 2 * smallestEdge);
    const finest = Math.min(...(v2 ? large : axes).map((axis) => gap[axis]));
    const halved = large.filter((axis) => gap[axis] / finest < 2);
    if (halved.length === 0 || (v2 && halved.length === 1 && size[halved[0]] < 3 * smallestEdge)) break;
    kernel = v2 ? grownKernel(kernel, gap) : similarAxes(gap);
    kernels.push(kernel);
    const stride = pair((axis) => (halved.includes(axis) ? 2 : 1));
    strides.push(stride);
    gap = pair((axis) => gap[axis] * stride[axis]);
    size = pair((axis) => (v2 ? Math.ceil(size[axis] / stride[axis]) : size[axis] / stride[axis]));
  }
  const pools = pair((axis) => strides.filter((stride) => stride[axis] === 2).length);
  const patchSize = pair((axis) => Math.ceil(patch[axis] / 2 ** pools[axis]) * 2 ** pools[axis]);
  return { patchSize, pools, strides, kernels: [...kernels, [3, 3]] };
}

/** v2: an axis that once was as fine as the finest keeps its kernel of 3. */
function grownKernel(kernel: Pair, gap: Pair): Pair {
  return pair((axis) => (kernel[axis] === 3 || gap[axis] / Math.min(...gap) < 2 ? 3 : 1));
}

/** v1: the largest group of axes with similar spacings has 3, of equally large ones the first. */
function similarAxes(gap: Pair): Pair {
  return Math.max(...gap) / Math.min(...gap) < 2 ? [3, 3] : [3, 1];
}
