/** Depth of a VGG network: the number of its layers with weights, counted as in the paper (with three dense layers). */
export type VggDepth = 16 | 19;

/** What a depth stands for. */
export interface VggShape {
  /** Convolutions of each of the five stages. */
  readonly convolutions: readonly [number, number, number, number, number];
}

/** The shapes of Simonyan & Zisserman 2015, table 1, columns D and E. */
export const vggShapes: Readonly<Record<VggDepth, VggShape>> = {
  16: { convolutions: [2, 2, 3, 3, 3] },
  19: { convolutions: [2, 2, 4, 4, 4] },
};
