import path from 'node:path';
import { LulcError } from '@lulc/core';
import { igbpClasses } from '../../labels/igbp.js';
import { readImage } from '../../raster/node/readImage.js';
import { exists } from './folder.js';
import { readTable } from './readCsv.js';

/** Name of the table of fractions in the folder of the dataset. */
export const fractionsFile = 'igbp_fractions.csv';

const codes = igbpClasses.map(({ code }) => String(code));

/** The share of each IGBP class in a patch, in the order of `igbpClasses`; they add up to 1. */
export type IgbpFractions = readonly number[];

/**
 * The shares of the classes in a land cover file of SEN12MS: IGBP codes in its first channel. Pixels of other values are
 * not counted.
 *
 * @param file path
 * @throws LulcError as `readImage`; `nodata` when no pixel has a class
 */
export async function countFractions(file: string): Promise<IgbpFractions> {
  const { data, shape } = await readImage(file);
  const counts = codes.map(() => 0);
  let total = 0;
  for (let i = 0; i < data.length; i += shape[2]) {
    const code = data[i];
    if (!(code >= 1 && code <= codes.length)) continue;
    counts[code - 1]++;
    total++;
  }
  if (total === 0) throw new LulcError('nodata', 'holds no pixel with an IGBP class', { where: { file } });
  return counts.map((count) => count / total);
}

/**
 * The table of fractions of a dataset, by patch: columns `patch` and `1` … `17`.
 *
 * @param folder folder of the dataset
 * @returns nothing when there is no table
 * @throws LulcError `corrupt-file` for a column that is missing or a value that is no share
 */
export async function readFractions(folder: string): Promise<ReadonlyMap<string, IgbpFractions> | undefined> {
  const file = path.join(folder, fractionsFile);
  if (!(await exists(file))) return undefined;
  const { columns, rows } = await readTable(file);
  const missing = ['patch', ...codes].find((name) => !columns.includes(name));
  if (missing !== undefined) throw new LulcError('corrupt-file', `has no column '${missing}'`, { where: { file } });
  return new Map(
    rows.map((row) => {
      const shares = codes.map((code) => Number(row[code] || Number.NaN));
      if (!shares.every((share) => share >= 0 && share <= 1)) {
        throw new LulcError('corrupt-file', 'has a value that is no share between 0 and 1', {
          where: { file, patch: row.patch },
        });
      }
      return [row.patch.replace(/\.tif$/, ''), shares];
    }),
  );
}

/**
 * The text of a table of fractions, as {@link readFractions} takes it.
 *
 * @param fractions shares by patch
 */
export function fractionsTable(fractions: ReadonlyMap<string, IgbpFractions>): string {
  const lines = [...fractions].map(([patch, shares]) => [patch, ...shares].join(','));
  return `${[['patch', ...codes].join(','), ...lines].join('\n')}\n`;
}
