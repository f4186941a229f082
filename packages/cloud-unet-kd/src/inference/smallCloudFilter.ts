import type { CloudSink, CloudStrip } from './cloudStrip.js';
import { withoutSmallClouds } from './smallClouds.js';

/** What strips go through on their way to the sink. */
export interface StripFilter {
  /**
   * @param strip the next rows; only read until it answers
   */
  add(strip: CloudStrip): Promise<void>;
  /** Hands on what was held. */
  end(): Promise<void>;
}

/**
 * Takes small clouds from the masks of strips, see {@link withoutSmallClouds}; strips are cut anew.
 *
 * @param minimum pixels of the smallest cloud that stays; 1 lets all strips through as they are
 * @param sink takes the strips
 */
export function smallCloudFilter(minimum: number, sink: CloudSink): StripFilter {
  if (minimum <= 1) return { add: async (strip) => sink(strip), end: async () => {} };
  const probabilities: Float32Array[] = [];
  let masks: Uint8Array[] = [];
  let top = 0;
  const rows = withoutSmallClouds(minimum, (row) => void masks.push(row));
  const handOn = async () => {
    const [first] = masks;
    if (first === undefined) return;
    const [count, width] = [masks.length, first.length];
    const probability = new Float32Array(count * width);
    const mask = new Uint8Array(count * width);
    probabilities.splice(0, count).forEach((row, y) => {
      probability.set(row, y * width);
    });
    masks.forEach((row, y) => {
      mask.set(row, y * width);
    });
    masks = [];
    await sink({ top, rows: count, width, probability, mask });
    top += count;
  };
  return {
    add: async ({ rows: count, width, probability, mask }) => {
      for (let y = 0; y < count; y++) {
        probabilities.push(probability.slice(y * width, (y + 1) * width));
        rows.add(mask.slice(y * width, (y + 1) * width));
      }
      await handOn();
    },
    end: async () => {
      rows.end();
      await handOn();
    },
  };
}
