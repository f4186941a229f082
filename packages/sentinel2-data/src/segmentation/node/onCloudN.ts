import path from 'node:path';
import { LulcError } from '@lulc/core';
import { mapLimited, plainName, viewFolder } from '../../formats/node/folder.js';
import { readTable } from '../../formats/node/readCsv.js';
import { cloudLegends } from '../../masks/cloudLegends.js';
import type { OpenSegmentationOptions } from '../options.js';
import type { MaskedEntry, MaskFormat } from './format.js';
import { missingFile, presentFolders, wantedBands } from './pairs.js';

const bands = ['B02', 'B03', 'B04', 'B08'];

/** Where the challenge and the public release keep their parts (spec 10.1); the remote folders are `public` and `private`. */
const places = ['', 'train', 'test', 'public', 'private', 'final/public', 'final/private'];

const parts = ['train', 'test'] as const;

/** Chips whose folders are listed at the same time. */
const atOnce = 16;

/** A folder with chips. */
interface Place {
  readonly folder: string;
  readonly part: (typeof parts)[number];
  readonly labels: boolean;
}

/**
 * On Cloud N (Radiant Earth and DrivenData): chips of 512 × 512 pixels, a GeoTIFF per band. Locations of training and test do not
 * overlap; parts that are drawn do not cut through one either. The challenge's test set has no labels.
 */
export const onCloudN: MaskFormat = {
  detect: async ({ path: root }) => (await placesIn(root)).length > 0,

  open: async (options, bad) => {
    const found = await placesIn(options.path);
    if (found.length === 0) {
      throw new LulcError('missing-file', 'no folder train_features or test_features', {
        where: { file: options.path },
        hint: 'Neither here nor in train or test, where the public release has them.',
      });
    }
    const entries = (await Promise.all(found.map((place) => chipsIn(place, options, bad)))).flat();
    const tested = found.some(({ part }) => part === 'test');
    return {
      name: 'on-cloud-n',
      stored: bands,
      legend: cloudLegends['zero-one'].classes,
      ignore: cloudLegends['zero-one'].ignore,
      groundSamplingDistance: 10,
      licence: 'CC-BY-4.0',
      citation:
        'Radiant Earth Foundation, "Sentinel-2 Cloud Cover Segmentation Dataset", 2022, doi 10.34911/rdnt.hfq6m7; contains modified Copernicus Sentinel data',
      entries: tested ? entries : entries.map((entry) => ({ ...entry, split: undefined })),
      drawsVal: true,
    };
  },
};

async function placesIn(root: string): Promise<readonly Place[]> {
  const views = await presentFolders(root, places);
  return views.flatMap(({ path: folder, folders }) =>
    parts
      .filter((part) => folders.includes(`${part}_features`))
      .map((part) => ({ folder, part, labels: folders.includes(`${part}_labels`) })),
  );
}

/** The chips that the table of a part lists, with what it says of them. */
async function chipsIn(
  { folder, part, labels }: Place,
  options: OpenSegmentationOptions,
  bad: (id: string, error: unknown) => void,
): Promise<readonly MaskedEntry[]> {
  if (part === 'train' && !labels) {
    throw new LulcError('missing-file', 'no folder of labels', { where: { file: path.join(folder, 'train_labels') } });
  }
  const table = path.join(folder, `${part}_metadata.csv`);
  const { columns, rows } = await readTable(table);
  const lacking = ['chip_id', 'location'].find((column) => !columns.includes(column));
  if (lacking !== undefined) {
    throw new LulcError('corrupt-file', `has no column '${lacking}'`, { where: { file: table } });
  }
  const masks = labels ? new Set((await viewFolder(path.join(folder, `${part}_labels`))).files) : undefined;
  const wanted = wantedBands(options, bands);
  const chips = await mapLimited(rows, atOnce, async (row): Promise<MaskedEntry | undefined> => {
    const id = plainName(row.chip_id, table);
    const chip = path.join(folder, `${part}_features`, id);
    const mask = `${id}.tif`;
    try {
      const { files } = await viewFolder(chip);
      const absent = wanted.find((band) => !files.includes(`${band}.tif`));
      if (absent !== undefined) throw missingFile(path.join(chip, `${absent}.tif`), { band: absent });
      if (masks?.has(mask) === false) throw missingFile(path.join(folder, `${part}_labels`, mask));
    } catch (error) {
      bad(id, error);
      return undefined;
    }
    return {
      id,
      image: path.join(chip, `${wanted[0]}.tif`),
      files: bands.map((band) => path.join(chip, `${band}.tif`)),
      mask: labels ? path.join(folder, `${part}_labels`, mask) : undefined,
      split: part,
      group: row.location,
      details: { datetime: row.datetime },
    };
  });
  return chips.flatMap((chip) => chip ?? []);
}
