import type { MaskPartFacts } from '../run/maskFacts.js';
import { textTable } from './textTable.js';

/** What `lulc data info` says of images with masks. */
export interface MaskInfo {
  /** Where they are. */
  readonly path: string;
  /** Name of the dataset. */
  readonly name: string;
  /** True when the pixels were generated, not observed. */
  readonly simulated: boolean;
  /** Class names. */
  readonly classes: readonly string[];
  /** Band names. */
  readonly bands: readonly string[];
  /** Metres per pixel. */
  readonly groundSamplingDistance: number | undefined;
  /** Licence. */
  readonly licence: string;
  /** How to cite it. */
  readonly citation: string;
  /** Everything, then the parts. */
  readonly parts: readonly MaskPartFacts[];
}

/**
 * Images with masks for people.
 *
 * @param info what is known of them
 */
export function maskInfoText(info: MaskInfo): string {
  const { path, name, simulated, classes, bands, groundSamplingDistance, licence, citation, parts } = info;
  const [{ broken, read = 0, pixels = 0 }] = parts;
  const row = (title: string, of: (part: MaskPartFacts) => string) => [title, ...parts.map(of)];
  return [
    `${name}${simulated ? ' — SIMULATED' : ''}, ${path}`,
    `segmentation, ${classes.length} classes`,
    `bands ${bands.join(', ')}${groundSamplingDistance === undefined ? '' : `, ${groundSamplingDistance} m`}`,
    `licence: ${licence}`,
    `citation: ${citation}`,
    textTable(
      ['', ...parts.map(({ part }) => part)],
      [
        row('samples', ({ samples }) => String(samples)),
        row('scenes or locations', ({ groups }) => (groups === undefined ? '–' : String(groups))),
        row('size', ({ sizes }) => [...new Set(sizes.map((size) => size.join(' × ')))].join(' to ') || '–'),
        ...classes.map((title) => row(title, ({ classShares }) => percent(classShares?.[title]))),
        row('without a label', ({ unlabelled }) => percent(unlabelled)),
        row('without data', ({ nodata }) => percent(nodata)),
      ],
    ),
    `shares of ${read} ${read === 1 ? 'sample or window' : 'samples or windows'}, ${pixels.toLocaleString('en')} pixels: classes of those with a label, the others of all; without data: 0 in every band`,
    ...(broken.length === 0 ? [] : [`${broken.length} samples cannot be read:`]),
    ...broken.map(({ id, message }) => `  ${id}: ${message}`),
  ].join('\n');
}

const percent = (share: number | undefined): string => (share === undefined ? '–' : `${(100 * share).toFixed(1)} %`);
