import { LulcError, requireAtLeast } from '@lulc/core';
import { type CompoundCoefficients, compoundScale } from './compound.js';
import { predictGrowth } from './growth.js';

/** What {@link coefficientCandidates} enumerates. */
export interface CandidateOptions {
  /** Wanted growth of multiply-adds at phi = 1, at least 1. Default 2, as in the paper. */
  readonly budget?: number;
  /** Largest distance of the predicted growth from the budget, at least 0. Default 0.1. */
  readonly tolerance?: number;
  /** Step of the grid, above 0 and no finer than 0.001. Default 0.05. */
  readonly step?: number;
}

/** One point of the grid. */
export interface Candidate {
  /** The coefficients, with phi = 1. */
  readonly coefficients: CompoundCoefficients;
  /** Predicted growth of multiply-adds, `alpha·beta²·gamma²`. */
  readonly flops: number;
}

/** What {@link searchCoefficients} takes. */
export interface SearchOptions extends CandidateOptions {
  /**
   * How good a network scaled so is, higher is better: e.g. train it shortly and give its validation F1.
   *
   * @param coefficients alpha, beta and gamma, with phi = 1
   */
  score(coefficients: CompoundCoefficients): number | Promise<number>;
}

/** A candidate with its score. */
export interface ScoredCandidate extends Candidate {
  /** What the score function gave. */
  readonly score: number;
}

const FINEST_STEP = 0.001;

/**
 * All coefficients on a grid, each at least 1, whose predicted growth of multiply-adds `alpha·beta²·gamma²` is near a
 * budget (Tan & Le 2019, equation 3 and section 3.3).
 *
 * @param options budget 2, tolerance 0.1 and step 0.05 by default
 * @returns the nearest to the budget first
 * @throws LulcError `invalid-argument` for an option out of range
 * @example
 * ```ts
 * import { coefficientCandidates } from '@lulc/efficientnet-scaler';
 *
 * const candidates = coefficientCandidates({ budget: 2 });
 * const papers = candidates.find(({ coefficients: c }) => c.alpha === 1.2 && c.beta === 1.1 && c.gamma === 1.15);
 * console.log(papers?.flops.toFixed(2)); // 1.92
 * ```
 */
export function coefficientCandidates(options: CandidateOptions = {}): Candidate[] {
  const { budget = 2, tolerance = 0.1, step = 0.05 } = options;
  requireAtLeast(1, { budget });
  requireAtLeast(0, { tolerance });
  requireAtLeast(FINEST_STEP, { step });
  const within = (growth: number) => growth <= budget + tolerance + ROUNDING;
  const candidates: Candidate[] = [];
  for (const alpha of grid(step, within)) {
    for (const beta of grid(step, (b) => within(alpha * b ** 2))) {
      for (const gamma of grid(step, (g) => within(alpha * beta ** 2 * g ** 2))) {
        const coefficients = { alpha, beta, gamma, phi: 1 };
        const { flops } = predictGrowth(compoundScale(coefficients));
        if (flops >= budget - tolerance - ROUNDING) candidates.push({ coefficients, flops });
      }
    }
  }
  return candidates.sort((a, b) => Math.abs(a.flops - budget) - Math.abs(b.flops - budget));
}

/**
 * The grid search of compound scaling: scores every candidate of {@link coefficientCandidates}, one after the other, the
 * nearest to the budget first. Find the coefficients once on a small network, then scale with larger `phi` (Tan & Le 2019,
 * section 3.3, steps 1 and 2).
 *
 * @param options the score function; budget, tolerance and step of the grid
 * @returns best score first; candidates of one score as near to the budget as they can be
 * @throws LulcError `invalid-argument` for an option out of range or a score that is no number; whatever the score function
 *   throws
 * @example
 * ```ts
 * import { searchCoefficients } from '@lulc/efficientnet-scaler';
 *
 * // stands for a training: likes depth and width alike
 * const score = ({ alpha, beta }: { alpha: number; beta: number }) => -Math.abs(alpha - beta);
 * const [best] = await searchCoefficients({ score, step: 0.1 });
 * console.log(best.coefficients);
 * ```
 */
export async function searchCoefficients({ score, ...options }: SearchOptions): Promise<ScoredCandidate[]> {
  const scored: ScoredCandidate[] = [];
  for (const candidate of coefficientCandidates(options)) {
    const value = await score(candidate.coefficients);
    if (Number.isNaN(value)) {
      const { alpha, beta, gamma } = candidate.coefficients;
      throw new LulcError(
        'invalid-argument',
        `the score of alpha ${alpha}, beta ${beta}, gamma ${gamma} is no number`,
        {
          where: { option: 'score' },
        },
      );
    }
    scored.push({ ...candidate, score: value });
  }
  return scored.sort((a, b) => b.score - a.score);
}

/** Lets grid points on the very border in, whatever the rounding of their product. */
const ROUNDING = 1e-9;

/** 1, 1 + step, … as long as they are wanted; without the rounding of repeated additions. */
function* grid(step: number, wanted: (value: number) => boolean): Generator<number> {
  for (let i = 0; ; i++) {
    const value = Number((1 + i * step).toFixed(9));
    if (!wanted(value)) return;
    yield value;
  }
}
