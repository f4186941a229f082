/** Depth of a ResNet: the number of its layers with weights, counted as in the paper. */
export type ResNetDepth = 18 | 50 | 101 | 152;

/** What a depth stands for. */
export interface ResNetShape {
  /** `'basic'`: two 3×3 convolutions; `'bottleneck'`: 1×1, 3×3 and 1×1 convolutions, the last four times as wide. */
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of each of the four stages. */
  readonly blocks: readonly [number, number, number, number];
}

/** The shapes of He et al. 2016, table 1. */
export const resNetShapes: Readonly<Record<ResNetDepth, ResNetShape>> = {
  18: { block: 'basic', blocks: [2, 2, 2, 2] },
  50: { block: 'bottleneck', blocks: [3, 4, 6, 3] },
  101: { block: 'bottleneck', blocks: [3, 4, 23, 3] },
  152: { block: 'bottleneck', blocks: [3, 8, 36, 3] },
};
