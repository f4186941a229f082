import { knownOption, requireAbove } from '@lulc/core';
import { requireUnits } from '../baselines/optionChecks.js';
import type { Denominator } from '../losses/ntXent.js';
import type { PretrainingMethod } from '../method/method.js';
import { twoViewMethod } from './twoViews.js';

/** Options of {@link simClr}. */
export interface SimClrOptions {
  /** `'corrected'` (default) or `'reference'`, as GLCNet's code has it as a baseline: negatives only in the denominator. */
  readonly variant?: 'corrected' | 'reference';
  /** Divisor of the cosine similarities, > 0; default 0.5. */
  readonly temperature?: number;
  /** Default `'all'` (`'reference'`: `'negatives'`). */
  readonly denominator?: Denominator;
  /** Hidden and embedding size of the head; default `[256, 64]`. */
  readonly head?: readonly [hidden: number, embedding: number];
}

/**
 * SimCLR (Chen et al. 2020, arXiv:2002.05709) as GLCNet compares itself with: the encoded map's mean per image through a
 * head of two layers, contrasted with NT-Xent. Trains the encoder.
 *
 * @param options see {@link SimClrOptions}
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { simClr } from '@lulc/contrastive-ssl';
 *
 * console.log(simClr({ head: [512, 128] }).trains); // encoded
 * ```
 */
export function simClr(options: SimClrOptions = {}): PretrainingMethod {
  const { variant = 'corrected', temperature = 0.5, head = [256, 64] } = options;
  knownOption('variant', variant, ['corrected', 'reference']);
  const { denominator = variant === 'corrected' ? 'all' : 'negatives' } = options;
  knownOption('denominator', denominator, ['all', 'negatives']);
  requireAbove(0, { temperature });
  requireUnits({ head });
  return twoViewMethod({
    name: 'simclr',
    configuration: { variant, temperature, denominator, head: [...head] },
    denominator,
    lambda: 1,
    global: { features: 'mean', units: head, temperature },
    local: undefined,
    beforeDropout: variant === 'corrected',
  });
}
