import type { EmbeddingHealth } from './embeddingHealth.js';

/** From where on embeddings count as collapsed. */
export interface CollapseLimits {
  /** Mean cosine of different images above which all have one embedding; default 0.999. */
  readonly meanCosine?: number;
  /** Effective rank below which embeddings differ along one line only; default 1.5. */
  readonly effectiveRank?: number;
}

/**
 * Says whether embeddings have collapsed: to a point, so that all images look the same, or to a line. A falling loss
 * does not show it.
 *
 * @param health what was measured
 * @param limits from where on
 * @returns one sentence, or nothing when they have not
 */
export function collapseOf(health: EmbeddingHealth, limits: CollapseLimits = {}): string | undefined {
  const { meanCosine = 0.999, effectiveRank = 1.5 } = limits;
  if (health.meanCosine > meanCosine) {
    return `the embeddings of all images are nearly the same (mean cosine ${health.meanCosine.toFixed(5)})`;
  }
  if (health.effectiveRank < effectiveRank) {
    return `the embeddings differ along one line only (effective rank ${health.effectiveRank.toFixed(2)})`;
  }
  return undefined;
}
