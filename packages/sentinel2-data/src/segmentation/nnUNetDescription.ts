import { LulcError } from '@lulc/core';
import type { ClassLegend } from '../masks/classLegend.js';

/** What `dataset.json` of nnU-Net v2 says (spec 3.1). */
export interface NnUNetDescription {
  /** Names of the channels in order. */
  readonly channels: readonly string[];
  /** Classes with their values; `undefined` when labels overlap (regions). */
  readonly legend: ClassLegend | undefined;
  /** Value of pixels that count for nothing. */
  readonly ignore: number | undefined;
  /** Extension of images and masks. */
  readonly ending: string;
}

/** Extensions that nnU-Net's reader of 2D images takes and we do. */
export const nnUNetEndings = ['.tif', '.tiff', '.png'] as const;

/**
 * Reads the text of a `dataset.json`.
 *
 * @param text JSON
 * @param file its name, for errors
 * @throws LulcError `corrupt-file`, `unsupported-file` (nnU-Net v1, another file type)
 */
export function parseNnUNetDescription(text: string, file: string): NnUNetDescription {
  const corrupt = (what: string) => new LulcError('corrupt-file', what, { where: { file } });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LulcError('corrupt-file', `not JSON: ${(cause as Error).message}`, { where: { file }, cause });
  }
  if (!isRecord(json)) throw corrupt('is not an object');
  const { channel_names: names, labels, file_ending: ending, modality } = json;
  if (names === undefined && modality !== undefined) {
    throw new LulcError('unsupported-file', 'is of nnU-Net v1', {
      where: { file },
      hint: 'Convert the dataset with nnUNetv2_convert_old_nnUNet_dataset.',
    });
  }
  if (!isRecord(names) || !isRecord(labels)) throw corrupt("lacks 'channel_names' or 'labels'");
  if (typeof ending !== 'string' || !(nnUNetEndings as readonly string[]).includes(ending)) {
    throw new LulcError('unsupported-file', `its files end in ${JSON.stringify(ending)}`, {
      where: { file },
      hint: `Read are ${nnUNetEndings.join(', ')}.`,
    });
  }
  const channels = Object.keys(names).map((_, i) => {
    const name = names[String(i)];
    if (typeof name !== 'string' || name === '') throw corrupt(`channel ${i} has no name`);
    return name;
  });
  if (channels.length === 0) throw corrupt('has no channels');
  const { ignore, ...classes } = labels;
  const regions = Object.values(classes).some((value) => Array.isArray(value));
  const entries = Object.entries(classes).map(([name, value]) => {
    if (regions || (Number.isInteger(value) && (value as number) >= 0)) return [name, value as number] as const;
    throw corrupt(`label '${name}' is ${JSON.stringify(value)}`);
  });
  if (ignore !== undefined && !Number.isInteger(ignore)) throw corrupt(`label 'ignore' is ${JSON.stringify(ignore)}`);
  entries.sort(([, a], [, b]) => a - b);
  return {
    channels: channels.map((name, i) =>
      channels.indexOf(name) === channels.lastIndexOf(name) ? name : `${name} ${i}`,
    ),
    legend: regions ? undefined : Object.fromEntries(entries),
    ignore: ignore as number | undefined,
    ending,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is known of a case of an nnU-Net dataset that nnU-Net does not ask for. */
export interface NnUNetCase {
  /** Its name. */
  readonly case: string;
  /** Id of the sample it was made of. */
  readonly id: string;
  /** Location or scene. */
  readonly group: string;
}

/** The file beside `dataset.json` that keeps ids and groups of cases; nnU-Net does not look at it. */
export const casesFile = 'cases.csv';

/**
 * The name of a channel file of a case.
 *
 * @param name name of the case
 * @param channel 0, 1 …
 * @param ending extension
 */
export function channelFile(name: string, channel: number, ending: string): string {
  return `${name}_${String(channel).padStart(4, '0')}${ending}`;
}
