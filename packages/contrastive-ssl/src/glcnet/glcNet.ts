import { knownOption, requireAbove, requireCount } from '@lulc/core';
import { requireFraction, requireUnits } from '../baselines/optionChecks.js';
import { type LocalBranch, twoViewMethod } from '../contrast/twoViews.js';
import type { Denominator } from '../losses/ntXent.js';
import type { PretrainingMethod } from '../method/method.js';
import type { Negatives } from '../regions/regionTensors.js';

/** What of GLCNet is trained: `'full'`, or one of the paper's ablations. */
export type GlcNetMode = 'full' | 'no-style' | 'no-global' | 'no-local';

/** Options of {@link glcNet}. */
export interface GlcNetOptions {
  /**
   * `'corrected'` (default) or `'reference'`, GLCNet's published behaviour: negatives only in the denominator (quirk 1),
   * style taken after the encoder's dropout (quirk 4), regions that show the same ground are negatives (quirk 12). Options
   * given beside it win.
   */
  readonly variant?: 'corrected' | 'reference';
  /** Default `'full'`. `'no-style'`: means without variances; the others leave out a branch. */
  readonly mode?: GlcNetMode;
  /** Weight of the global branch, 0 to 1, the local one having the rest; default 0.5. */
  readonly lambda?: number;
  /** Divisor of the cosine similarities of both branches, > 0; default 0.5. */
  readonly temperature?: number;
  /** Regions per image, from 1; default 4. */
  readonly regions?: number;
  /** Height and width of a region as shares of the view's, above 0 up to 1; default 48/224. */
  readonly regionSize?: number;
  /** Default `'all'` (`'reference'`: `'negatives'`). */
  readonly denominator?: Denominator;
  /** Which regions are negatives of a region; default `'other-ground'` (`'reference'`: `'all'`). */
  readonly negatives?: Negatives;
  /** Hidden and embedding size of the global head; default `[256, 64]`. */
  readonly globalHead?: readonly [hidden: number, embedding: number];
  /** Hidden and embedding size of the local head; default `[64, 64]`. */
  readonly localHead?: readonly [hidden: number, embedding: number];
  /** Channels of the linear map (1×1 convolution) that ends the decoder in pre-training; default 64, 0 for none. */
  readonly denseChannels?: number;
  /**
   * Where the decoded map's cells lie in the image: `true` (default) as the DeepLabv3+ decoder resizes, the outermost cells
   * at the outermost pixels; `false` for networks that keep half a cell's width from the border, as U-Nets do.
   */
  readonly alignCorners?: boolean;
}

const variants = {
  corrected: { denominator: 'all', negatives: 'other-ground', beforeDropout: true },
  reference: { denominator: 'negatives', negatives: 'all', beforeDropout: false },
} as const;

/**
 * GLCNet (Li et al. 2022, "Global and Local Contrastive Self-Supervised Learning for Semantic Segmentation of HR Remote
 * Sensing Images", arXiv:2106.10605): a global branch that contrasts the style of images (means and variances of the
 * encoded map), and a local branch that contrasts regions of the decoded map, matched through the geometry of the views.
 *
 * Heads are dense-ReLU-dense: `2C → 256 → 64` for the style, and `D → 64`, `64 → 64 → 64` for regions. Similarities are
 * cosines, both losses NT-Xent at temperature 0.5, their mean the total. Written afresh from the paper and a description
 * of its released code; a patent (CN113011427B) may cover the method, read it before commercial use.
 *
 * @param options see {@link GlcNetOptions}
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { glcNet } from '@lulc/contrastive-ssl';
 *
 * const published = glcNet({ variant: 'reference' });
 * console.log(published.configuration.denominator, published.trains); // negatives decoded
 * console.log(glcNet({ mode: 'no-local' }).trains); // encoded
 * ```
 */
export function glcNet(options: GlcNetOptions = {}): PretrainingMethod {
  const {
    variant = 'corrected',
    mode = 'full',
    lambda = 0.5,
    temperature = 0.5,
    regions = 4,
    regionSize = 48 / 224,
    globalHead = [256, 64],
    localHead = [64, 64],
    denseChannels = 64,
    alignCorners = true,
  } = options;
  const { beforeDropout, ...defaults } = variants[knownOption('variant', variant, ['corrected', 'reference'])];
  const { denominator = defaults.denominator, negatives = defaults.negatives } = options;
  knownOption('mode', mode, ['full', 'no-style', 'no-global', 'no-local']);
  knownOption('denominator', denominator, ['all', 'negatives']);
  knownOption('negatives', negatives, ['all', 'other-ground', 'other-images']);
  requireFraction({ lambda });
  requireUnits({ globalHead, localHead });
  requireAbove(0, { temperature, regionSize });
  requireCount({ regions, ...(denseChannels === 0 ? {} : { denseChannels }) });
  const local: LocalBranch = {
    regions,
    size: { share: regionSize },
    negatives,
    margin: 0,
    units: () => localHead,
    linear: denseChannels === 0 ? undefined : denseChannels,
    temperature,
    alignCorners,
  };
  return twoViewMethod({
    name: 'glcnet',
    configuration: {
      variant,
      mode,
      lambda,
      temperature,
      regions,
      regionSize,
      denominator,
      negatives,
      globalHead: [...globalHead],
      localHead: [...localHead],
      denseChannels,
      alignCorners,
    },
    denominator,
    lambda,
    global:
      mode === 'no-global'
        ? undefined
        : { features: mode === 'no-style' ? 'mean' : 'style', units: globalHead, temperature },
    local: mode === 'no-local' ? undefined : local,
    beforeDropout,
  });
}
