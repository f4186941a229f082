import path from 'node:path';
import { isLulcError, LulcError } from '@lulc/core';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { inFile } from '../../errors/transport.js';
import { labelIndices } from '../../labels/labelScheme.js';
import { scalingIfKnown } from '../../normalisation/statistics.js';
import { readWholeFile } from '../../raster/node/readFile.js';
import { splitNames, usualSplitName } from '../splitNames.js';
import { bigEarthNetParts, isRadar } from './bigEarthNet.js';
import { firstExisting, plainName } from './folder.js';
import type { Entry, Format } from './format.js';

const opticalFolder = 'BigEarthNet-S2';
const radarFolder = 'BigEarthNet-S1';
const metadataFile = 'metadata.parquet';

/** The published table has 6 MB and half a million rows. */
const maxBytes = 1 << 28;
const maxRows = 10_000_000;
const maxUnpackedBytes = 1n << 31n;

/** BigEarthNet 2.0 (reBEN): a folder per tile, a folder per patch, one table of metadata. */
export const bigEarthNetV2: Format = {
  detect: async ({ files }) => files.includes(metadataFile),

  open: async (options, bad) => {
    const { scheme, bands, stack } = bigEarthNetParts(options);
    const file = path.join(options.path, metadataFile);
    const split = usualSplitName(options.split ?? 'all');
    const wanted = splitNames(split);
    const rows = await readRows(file);
    const optical = (await firstExisting(options.path, [opticalFolder])) ?? options.path;
    const radar = path.join(options.path, radarFolder);
    const needsRadar = bands.some(isRadar);
    const entries: Entry[] = [];
    const parts = new Set<string>();
    for (const row of rows) {
      const part = String(row.split ?? 'all');
      parts.add(part);
      if (split !== 'all' && !wanted.includes(part)) continue;
      try {
        const id = plainName(row.patch_id, file);
        if (needsRadar && typeof row.s1_name !== 'string') {
          throw new LulcError('missing-file', 'the table names no Sentinel-1 patch', { where: { file, patch: id } });
        }
        const labels = Array.isArray(row.labels) ? row.labels.map(String) : [];
        entries.push({
          id,
          label: inFile(file, () => labelIndices(scheme, labels)),
          base: path.join(optical, withoutLastParts(id, 2), id),
          details: {
            split: part,
            country: text(row.country),
            s1: needsRadar ? plainName(row.s1_name, file) : text(row.s1_name),
            seasonalSnow: row.contains_seasonal_snow === true,
            cloudOrShadow: row.contains_cloud_or_shadow === true,
            group: withoutLastParts(id, 2),
          },
        });
      } catch (error) {
        bad(String(row.patch_id), error);
      }
    }
    if (split !== 'all' && entries.length === 0 && !wanted.some((name) => parts.has(name))) {
      throw new LulcError('unknown-name', `no part '${split}'`, {
        where: { file },
        hint: `There are ${[...parts].sort().join(', ')}.`,
      });
    }
    return {
      info: {
        name: 'bigearthnet-v2',
        split,
        task: scheme.task,
        classes: scheme.classes,
        bands,
        imageSize: stack.size,
        groundSamplingDistance: 10,
        scaling: scalingIfKnown('bigearthnet-v1', bands),
        licence: 'CDLA-Permissive-1.0',
        citation:
          'K. N. Clasen et al., "reBEN: Refined BigEarthNet Dataset for Remote Sensing Image Analysis", arXiv:2407.03653',
      },
      stack,
      entries,
      files: ({ id, base, details: { s1 } }) =>
        bands.map((band) =>
          isRadar(band)
            ? path.join(radar, withoutLastParts(String(s1), 3), String(s1), `${s1}_${band}.tif`)
            : path.join(base, `${id}_${band}.tif`),
        ),
    };
  },
};

async function readRows(file: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const bytes = await readWholeFile(file, maxBytes);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  try {
    const metadata = parquetMetadata(buffer);
    const unpacked = metadata.row_groups
      .flatMap(({ columns }) => columns)
      .reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n);
    if (metadata.num_rows > BigInt(maxRows) || unpacked > maxUnpackedBytes) {
      throw new LulcError('corrupt-file', `claims ${metadata.num_rows} rows in ${unpacked} bytes`, { where: { file } });
    }
    const columns = metadata.schema.map(({ name }) => name);
    const missing = ['patch_id', 'labels', 'split'].find((name) => !columns.includes(name));
    if (missing !== undefined) {
      throw new LulcError('corrupt-file', `has no column '${missing}'`, { where: { file } });
    }
    return await parquetReadObjects({ file: buffer, metadata, compressors });
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    throw new LulcError('corrupt-file', `not a proper Parquet file: ${(cause as Error).message}`, {
      where: { file },
      cause,
    });
  }
}

function withoutLastParts(name: string, parts: number): string {
  return name.split('_').slice(0, -parts).join('_');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
