import { LulcError } from '../../errors/lulcError.js';
import type { ValueRange } from './quanta.js';

/** Number of bins: 16 for each of 256 quanta where values lie on one side of 0, and half of that side is empty. */
const bins = 16384;
const half = bins / 2;

/** How often values occurred, by ranges that are made wider as values come that are out of them. */
export class ValueHistogram {
  /** Values from −limit to limit are counted; a power of 2. */
  private limit = 0;
  private counts = new Float64Array(bins);
  private low = 0;
  private high = 0;
  private total = 0;

  /** The least and the largest value, and 0. */
  get range(): ValueRange {
    return { low: this.low, high: this.high };
  }

  /** Number of values. */
  get size(): number {
    return this.total;
  }

  /** Width of a bin. */
  get width(): number {
    return this.limit / half;
  }

  /**
   * Counts values.
   *
   * @throws LulcError `invalid-argument` for one that is not finite
   */
  add(values: ArrayLike<number>, what: string): void {
    let [low, high] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!Number.isFinite(value)) {
        throw new LulcError('invalid-argument', `'${what}' gives ${value}`, {
          where: { layer: what },
          hint: 'The model diverged or the calibration images held NaN.',
        });
      }
      if (value < low) low = value;
      if (value > high) high = value;
    }
    this.low = Math.min(this.low, low);
    this.high = Math.max(this.high, high);
    this.widen(Math.max(high, -low));
    this.total += values.length;
    if (this.limit === 0) {
      this.counts[half] += values.length;
      return;
    }
    const factor = half / this.limit;
    for (let i = 0; i < values.length; i++) {
      this.counts[Math.min(bins - 1, Math.floor(values[i] * factor) + half)]++;
    }
  }

  /** Bins that are not empty: the middle of each, and its count. */
  *entries(): Generator<readonly [value: number, count: number]> {
    for (const [bin, count] of this.counts.entries()) {
      if (count > 0) yield [((bin + 0.5 - half) * this.limit) / half, count];
    }
  }

  private widen(largest: number): void {
    if (largest <= this.limit) return;
    const wanted = 2 ** Math.ceil(Math.log2(largest));
    const times = this.limit === 0 ? bins : wanted / this.limit;
    const wider = new Float64Array(bins);
    for (const [bin, count] of this.counts.entries()) wider[Math.floor((bin - half) / times) + half] += count;
    this.counts = wider;
    this.limit = wanted;
  }
}
