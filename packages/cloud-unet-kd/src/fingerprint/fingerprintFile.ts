import { bandNames, LulcError } from '@lulc/core';
import { type JsonRecord, readJson } from '../json.js';
import type { Fingerprint, IntensityProperties } from './fingerprintTypes.js';

/** Names that nnU-Net keeps elsewhere (`dataset.json`). */
export interface DatasetNames {
  /** Name of the dataset. */
  readonly dataset?: string;
  /** Band names in channel order. */
  readonly bands?: readonly string[];
  /** Class names in index order; the first is the background. */
  readonly classes?: readonly string[];
}

/** nnU-Net's 2D readers put images into a stack of one, with this spacing across. */
export const stackSpacing = 999;

/** Field of what nnU-Net's files have no place for; nnU-Net passes over it. */
export const ownField = 'lulc';

/** nnU-Net's names of intensity properties. */
const propertyFields = {
  mean: 'mean',
  median: 'median',
  std: 'std',
  min: 'min',
  max: 'max',
  percentile00_5: 'percentile_00_5',
  percentile99_5: 'percentile_99_5',
} as const satisfies Record<keyof IntensityProperties, string>;

/**
 * The text of a `dataset_fingerprint.json`, as nnU-Net v2 reads it; names and the statistics over all pixels stand in a field
 * of their own.
 *
 * @param fingerprint to be written
 */
export function fingerprintToJson(fingerprint: Fingerprint): string {
  const { shapes, spacings, medianRelativeSize, foreground, dataset, bands, classes, hasIgnored, overall } =
    fingerprint;
  const content = {
    foreground_intensity_properties_per_channel: intensitiesToJson(foreground),
    median_relative_size_after_cropping: medianRelativeSize,
    shapes_after_crop: shapes.map((shape) => [1, ...shape]),
    spacings: spacings.map((spacing) => [stackSpacing, ...spacing]),
    [ownField]: { dataset, bands, classes, hasIgnored, overall: intensitiesToJson(overall) },
  };
  return `${JSON.stringify(content, null, 4)}\n`;
}

/**
 * Reads a `dataset_fingerprint.json`: one written here, or nnU-Net's of 2D images.
 *
 * @param text of the file
 * @param names of dataset, bands and classes, which nnU-Net's file does not have; they have precedence
 * @throws LulcError `corrupt-file`; `unsupported-file` for volumes; `invalid-argument` when the classes are not known
 */
export function fingerprintFromJson(text: string, names: DatasetNames = {}): Fingerprint {
  const file = readJson(text, 'dataset_fingerprint.json');
  const own = file.has(ownField) ? file.record(ownField) : undefined;
  const foreground = intensitiesFromJson(file, 'foreground_intensity_properties_per_channel');
  const classes = names.classes ?? own?.texts('classes');
  if (classes === undefined) {
    throw new LulcError('invalid-argument', 'the classes are not known', {
      where: { option: 'classes' },
      hint: 'They stand in dataset.json, beside the labels.',
    });
  }
  const shapes = slices(file, 'shapes_after_crop');
  const spacings = slices(file, 'spacings');
  if (shapes.length !== spacings.length) {
    throw new LulcError('corrupt-file', `${shapes.length} shapes, but ${spacings.length} spacings`);
  }
  return {
    dataset: names.dataset ?? own?.text('dataset') ?? 'dataset',
    bands: names.bands ?? own?.texts('bands') ?? bandNames(foreground?.length ?? 1),
    classes,
    shapes,
    spacings,
    medianRelativeSize: file.number('median_relative_size_after_cropping'),
    hasIgnored: own?.flag('hasIgnored') ?? false,
    foreground,
    overall: own === undefined ? undefined : intensitiesFromJson(own, 'overall'),
  };
}

/** Intensity properties under nnU-Net's names, by channel number. */
export function intensitiesToJson(bands: readonly IntensityProperties[] | undefined): Record<string, unknown> {
  const names = Object.entries(propertyFields) as [keyof IntensityProperties, string][];
  return Object.fromEntries(
    (bands ?? []).map((band, i) => [i, Object.fromEntries(names.map(([name, field]) => [field, band[name]]))]),
  );
}

/** The other way round; undefined for none. */
export function intensitiesFromJson(file: JsonRecord, field: string): readonly IntensityProperties[] | undefined {
  const channels = file.record(field);
  if (channels.fields.length === 0) return undefined;
  return channels.fields.map((_, i) => {
    const channel = channels.record(String(i));
    return Object.fromEntries(
      Object.entries(propertyFields).map(([name, key]) => [name, channel.number(key)]),
    ) as unknown as IntensityProperties;
  });
}

/** The last two of three numbers each, where the first axis is a stack of one. */
function slices(file: JsonRecord, field: string): readonly (readonly [number, number])[] {
  return file.rows(field).map((row) => {
    const [across, vertical, horizontal] = row;
    if (row.length !== 3 || (field === 'shapes_after_crop' && across !== 1)) {
      throw new LulcError('unsupported-file', 'the dataset is of volumes, not of images', {
        where: { file: 'dataset_fingerprint.json', field },
      });
    }
    return [vertical, horizontal];
  });
}
