/** Finished rows of a cloud map. Valid until the sink is done: buffers are reused. */
export interface CloudStrip {
  /** First row. */
  readonly top: number;
  /** Number of rows. */
  readonly rows: number;
  /** Columns of the scene. */
  readonly width: number;
  /** `[rows, width]`: probability of cloud, 0 … 1; NaN where the scene has no data. */
  readonly probability: Float32Array;
  /** `[rows, width]`: 0 clear, 1 cloud, 255 no data. */
  readonly mask: Uint8Array;
}

/**
 * Takes finished rows of a cloud map, from the top, without gaps.
 *
 * @param strip the rows
 */
export type CloudSink = (strip: CloudStrip) => void | Promise<void>;
