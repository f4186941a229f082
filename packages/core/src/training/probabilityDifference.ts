/** A metric before and after. */
export interface MetricChange {
  /** Of the model as it was. */
  readonly original: number;
  /** Of the other. */
  readonly quantized: number;
  /** `quantized − original`. */
  readonly delta: number;
}

/** Both values of a metric and their difference. */
export function metricChange(original: number, quantized: number): MetricChange {
  return { original, quantized, delta: quantized - original };
}

/** The same for every metric of a record. */
export function metricChanges<Name extends string>(
  original: Readonly<Record<Name, number>>,
  quantized: Readonly<Record<Name, number>>,
): Record<Name, MetricChange> {
  const names = Object.keys(original) as Name[];
  return Object.fromEntries(names.map((name) => [name, metricChange(original[name], quantized[name])])) as Record<
    Name,
    MetricChange
  >;
}

/** How far probabilities are apart, over many batches. */
export class ProbabilityDifference {
  private values = 0;
  private sum = 0;
  private most = 0;

  /** Number of probabilities. */
  get count(): number {
    return this.values;
  }

  /** Largest absolute difference. */
  get largest(): number {
    return this.most;
  }

  /** Mean absolute difference. */
  get mean(): number {
    return this.sum / this.values;
  }

  /** Counts one probability and what stands in its place. */
  add(original: number, quantized: number): void {
    const difference = Math.abs(original - quantized);
    this.values++;
    this.sum += difference;
    this.most = Math.max(this.most, difference);
  }
}
