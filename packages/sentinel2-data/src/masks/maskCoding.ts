import { type ImageArray, LulcError } from '@lulc/core';
import { ignoreLabel, type MaskArray } from '@lulc/core/segmentation';

/** Class indices by what a stored mask holds. Plain data, so that it can travel to a worker. */
export interface MaskCoding {
  /** Whether masks hold one number per pixel or a colour. */
  readonly kind: 'index' | 'colour';
  /** Pairs of a stored value (a number, or a colour as `0xRRGGBB`) and the class index, 255 for pixels to be ignored. */
  readonly table: readonly (readonly [value: number, label: number])[];
  /** What a value that is not in the table means. */
  readonly unknown: 'error' | 'ignore';
  /**
   * For colour masks: every channel counts as 255 from this value on and as 0 below, before the colour is looked up; for
   * masks whose colours went through a lossy format. Default: colours must match exactly.
   */
  readonly threshold?: number;
}

/**
 * Class indices of a stored mask.
 *
 * @param mask as stored: one channel, or red, green and blue (a fourth channel is not looked at)
 * @param coding what its values mean
 * @param file its name, for errors
 * @throws LulcError `corrupt-file` naming pixel and value when a value has no meaning; `unsupported-file` when the
 *   channels are not those of the coding
 */
export function decodeMask(mask: ImageArray, coding: MaskCoding, file: string): MaskArray {
  const valueAt = coding.kind === 'index' ? indexReader(mask, file) : colourReader(mask, coding.threshold, file);
  const table = new Map(coding.table);
  const [height, width] = mask.shape;
  const data = new Uint8Array(height * width);
  let last = Number.NaN;
  let label = ignoreLabel;
  for (let i = 0; i < data.length; i++) {
    const value = valueAt(i);
    if (value !== last) {
      label = table.get(value) ?? unknownValue(coding, value, Math.floor(i / width), i % width, file);
      last = value;
    }
    data[i] = label;
  }
  return { data, shape: [height, width] };
}

function unknownValue(coding: MaskCoding, value: number, row: number, column: number, file: string): number {
  if (coding.unknown === 'ignore') return ignoreLabel;
  const named = (v: number) => (coding.kind === 'index' ? String(v) : hexColour(v));
  throw new LulcError('corrupt-file', `holds ${named(value)}, which is no class`, {
    where: { file, row, column },
    hint: `Known are ${coding.table.map(([v]) => named(v)).join(', ')}; unknown: 'ignore' leaves such pixels out.`,
  });
}

/** Masks of one channel; grey ones that were stored in colour are as good. */
function indexReader({ data, shape: [, , channels] }: ImageArray, file: string): (pixel: number) => number {
  if (channels < 3) return (pixel) => data[pixel * channels];
  return (pixel) => {
    const at = pixel * channels;
    if (data[at] === data[at + 1] && data[at] === data[at + 2]) return data[at];
    throw new LulcError('unsupported-file', 'a mask in colour where one number per pixel is expected', {
      where: { file },
      hint: "Say what its colours mean, e.g. classes: { water: '#0000ff' }.",
    });
  };
}

/** Masks in colour; grey ones count as colours, too. */
function colourReader(
  { data, shape: [, , channels] }: ImageArray,
  threshold: number | undefined,
  file: string,
): (pixel: number) => number {
  if (!(data instanceof Uint8Array)) {
    throw new LulcError('unsupported-file', 'a mask in colour has 8 bits per channel', { where: { file } });
  }
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  if (threshold === undefined) {
    return (pixel) => {
      const at = pixel * channels;
      return (data[at] << 16) | (data[at + green] << 8) | data[at + blue];
    };
  }
  return (pixel) => {
    const at = pixel * channels;
    return (
      (data[at] < threshold ? 0 : 0xff0000) |
      (data[at + green] < threshold ? 0 : 0xff00) |
      (data[at + blue] < threshold ? 0 : 0xff)
    );
  };
}

/**
 * A colour as it is written: `0x00ffff` → `#00ffff`.
 *
 * @param colour `0xRRGGBB`
 */
export function hexColour(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`;
}
