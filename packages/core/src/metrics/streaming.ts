/** Metrics that are fed batch by batch and are exact over everything they were fed. */
export interface StreamingMetrics<Report> {
  /**
   * Adds a batch.
   *
   * @param scores `[rows, classes]`, row-major: probabilities, or any scores that rank the same way
   * @param labels `[rows, classes]`, row-major: 1 where a class holds, else 0
   * @throws LulcError `shape-mismatch` for lengths that do not fit the classes, `invalid-argument` for a NaN score or a
   *   label that is neither 0 nor 1
   */
  update(scores: ArrayLike<number>, labels: ArrayLike<number>): void;
  /** The metrics of everything fed so far. */
  report(): Report;
}
