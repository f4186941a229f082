/** A rectangle of the reference grid; `x1` and `y1` are outside. */
export interface GridArea {
  /** First column. */
  readonly x0: number;
  /** First row. */
  readonly y0: number;
  /** The column behind the last. */
  readonly x1: number;
  /** The row behind the last. */
  readonly y1: number;
}
