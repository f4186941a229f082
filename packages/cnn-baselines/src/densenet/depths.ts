/** Depth of a DenseNet: the number of its layers with weights, counted as in the paper. */
export type DenseNetDepth = 121 | 169 | 201;

/** What a depth stands for. */
export interface DenseNetShape {
  /** Blocks of each of the four stages; every block adds 32 channels. */
  readonly blocks: readonly [number, number, number, number];
}

/** The shapes of Huang et al. 2017, table 1. */
export const denseNetShapes: Readonly<Record<DenseNetDepth, DenseNetShape>> = {
  121: { blocks: [6, 12, 24, 16] },
  169: { blocks: [6, 12, 32, 32] },
  201: { blocks: [6, 12, 48, 32] },
};
