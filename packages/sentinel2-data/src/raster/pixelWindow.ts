/** A rectangle of pixels of a file. */
export interface PixelWindow {
  /** First row. */
  readonly top: number;
  /** First column. */
  readonly left: number;
  /** Number of rows. */
  readonly height: number;
  /** Number of columns. */
  readonly width: number;
  /**
   * `[height, width]` of the whole image that it is a part of, where files may have grids of their own: the part of the same
   * ground is read of them and brought to this grid. Default: all files have the same grid.
   */
  readonly grid?: readonly [number, number];
}
