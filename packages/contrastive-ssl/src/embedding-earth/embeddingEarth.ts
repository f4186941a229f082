import { knownOption, requireAbove, requireAtLeast, requireCount } from '@lulc/core';
import { twoViewMethod } from '../contrast/twoViews.js';
import type { Denominator } from '../losses/ntXent.js';
import type { PretrainingMethod } from '../method/method.js';
import type { Negatives } from '../regions/regionTensors.js';

/** Options of {@link embeddingEarth}. */
export interface EmbeddingEarthOptions {
  /** Pixels drawn per image, from 1; default 128. */
  readonly pixels?: number;
  /**
   * Which pixels are negatives of a pixel: default `'other-ground'`, those of its own image beyond `radius` and all
   * of other images; `'other-images'` none of its own image; `'all'` every other.
   */
  readonly negatives?: Negatives;
  /**
   * Gap along x or y between two pixels' own ground from which they are negatives, in pixels of the source image, ≥ 0;
   * default 4.
   */
  readonly radius?: number;
  /** Divisor of the cosine similarities, > 0; default 0.2. */
  readonly temperature?: number;
  /** Size of the embeddings; default 64. The hidden layer is as wide as the decoded map. */
  readonly projection?: number;
  /** Default `'all'`. */
  readonly denominator?: Denominator;
  /**
   * Where the decoded map's cells lie in the image: `true` (default) as the DeepLabv3+ decoder resizes, the outermost cells
   * at the outermost pixels; `false` for networks that keep half a cell's width from the border, as U-Nets do.
   */
  readonly alignCorners?: boolean;
}

/**
 * Dense pre-training by contrasting single pixels, in the spirit of Embedding Earth (Tarasiou & Zafeiriou 2022,
 * arXiv:2203.06041). **A proposal, not a reproduction**: no code was released with that paper, and what is stated here
 * beyond "self-supervised contrastive pre-training for dense land-cover classification, encoder and decoder alike" is ours.
 *
 * The whole segmentation network up to its decoded map is trained. Pixels are drawn uniformly from the ground that both
 * views show; the same ground in both views is a positive, other pixels of the batch are negatives. The decoded map is
 * sampled bilinearly, at positions known to fractions of a pixel, through a perceptron that is dropped afterwards. It is
 * GLCNet's local branch with regions of one pixel, and shares its code.
 *
 * @param options see {@link EmbeddingEarthOptions}
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { embeddingEarth } from '@lulc/contrastive-ssl';
 *
 * const method = embeddingEarth({ pixels: 64, radius: 8, temperature: 0.1 });
 * console.log(method.name, method.views, method.trains); // embedding-earth 2 decoded
 * ```
 */
export function embeddingEarth(options: EmbeddingEarthOptions = {}): PretrainingMethod {
  const {
    pixels = 128,
    negatives = 'other-ground',
    radius = 4,
    temperature = 0.2,
    projection = 64,
    denominator = 'all',
    alignCorners = true,
  } = options;
  requireCount({ pixels, projection });
  requireAtLeast(0, { radius });
  requireAbove(0, { temperature });
  knownOption('negatives', negatives, ['all', 'other-ground', 'other-images']);
  knownOption('denominator', denominator, ['all', 'negatives']);
  return twoViewMethod({
    name: 'embedding-earth',
    configuration: { pixels, negatives, radius, temperature, projection, denominator, alignCorners },
    denominator,
    lambda: 0,
    global: undefined,
    local: {
      regions: pixels,
      size: { pixels: 1 },
      negatives,
      margin: radius / 2,
      units: (channels) => [channels, projection],
      temperature,
      alignCorners,
    },
    beforeDropout: true,
  });
}
