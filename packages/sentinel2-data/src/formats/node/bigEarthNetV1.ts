import path from 'node:path';
import { LulcError } from '@lulc/core';
import { splitByGroup } from '../../dataset/split.js';
import { inFile } from '../../errors/transport.js';
import { labelIndices } from '../../labels/labelScheme.js';
import { scalingIfKnown } from '../../normalisation/statistics.js';
import { readWholeFile } from '../../raster/node/readFile.js';
import type { OpenDatasetOptions } from '../options.js';
import { splitNames, usualSplitName } from '../splitNames.js';
import { bigEarthNetParts, isRadar } from './bigEarthNet.js';
import { firstExisting, mapUsable, plainName, viewFolder } from './folder.js';
import type { Entry, Format } from './format.js';
import { readCsvRows } from './readCsv.js';
import { fractionsOf } from './splitFractions.js';

const opticalFolders = ['BigEarthNet-v1.0', 'BigEarthNet-S2-v1.0'];
const radarFolder = 'BigEarthNet-S1-v1.0';
const patchName = /^S2[AB]_MSIL2A_\d{8}T\d{5,6}_\d{1,3}_\d{1,3}$/;

/** Metadata files are small; more is not one. */
const maxJsonBytes = 1 << 20;

/** BigEarthNet 1.0: a folder per patch. */
export const bigEarthNetV1: Format = {
  detect: async ({ folders }) =>
    folders.some((name) => opticalFolders.includes(name)) || folders.slice(0, 20).some((name) => patchName.test(name)),

  open: async (options, bad) => {
    const { scheme, bands, stack } = bigEarthNetParts(options);
    const root = (await firstExisting(options.path, opticalFolders)) ?? options.path;
    const split = usualSplitName(options.split ?? 'all');
    const names = await patchesOfSplit(options, root, split);
    const radar = bands.some(isRadar);
    const entries = await mapUsable(
      names,
      32,
      async ([name, s1Name]): Promise<Entry> => {
        const base = path.join(root, name);
        const file = path.join(base, `${name}_labels_metadata.json`);
        const metadata = await readMetadata(file);
        if (radar && s1Name === undefined) {
          throw new LulcError('missing-file', 'the split list names no Sentinel-1 patch', { where: { file: name } });
        }
        const label = inFile(file, () => labelIndices(scheme, metadata.labels));
        return { id: name, label, base, details: { s1: s1Name, ...metadata.details, group: sceneOf(name) } };
      },
      ([name], error) => bad(name, error),
    );
    return {
      info: {
        name: 'bigearthnet-v1',
        split,
        task: scheme.task,
        classes: scheme.classes,
        bands,
        imageSize: stack.size,
        groundSamplingDistance: 10,
        scaling: scalingIfKnown('bigearthnet-v1', bands),
        licence: 'CDLA-Permissive-1.0',
        citation:
          'G. Sumbul et al., "BigEarthNet: A Large-Scale Benchmark Archive for Remote Sensing Image Understanding", IGARSS 2019',
      },
      stack,
      entries,
      files: ({ id, base, details: { s1 } }) =>
        bands.map((band) =>
          isRadar(band)
            ? path.join(path.dirname(root), radarFolder, String(s1), `${s1}_${band}.tif`)
            : path.join(base, `${id}_${band}.tif`),
        ),
    };
  },
};

/** Sentinel-2 patch and, where the list has it, Sentinel-1 patch of every sample of a part. */
async function patchesOfSplit(
  options: OpenDatasetOptions,
  root: string,
  split: string,
): Promise<readonly (readonly [s2: string, s1: string | undefined])[]> {
  if (split !== 'all') {
    const lists = splitNames(split).flatMap((name) => [`bigearthnet-${name}.csv`, `${name}.csv`, `splits/${name}.csv`]);
    const list = (await firstExisting(options.path, lists)) ?? (await firstExisting(path.dirname(root), lists));
    if (list !== undefined) {
      const rows = await readCsvRows(list);
      return rows.map(([s2, s1]) => [plainName(s2, list), s1 ? plainName(s1, list) : undefined]);
    }
  }
  const { folders } = await viewFolder(root);
  const all = folders.filter((name) => patchName.test(name)).map((name) => [name, undefined] as const);
  if (split === 'all') return all;
  const fractions = fractionsOf(options);
  const parts = splitByGroup(
    all.map(([name]) => sceneOf(name)),
    fractions.shares,
    fractions.seed,
  );
  const members = parts[split];
  if (members === undefined) {
    throw new LulcError('unknown-name', `no part '${split}' and no list of it`, { where: { file: options.path } });
  }
  return members.map((i) => all[i]);
}

/** The acquisition that a patch was cut from. */
function sceneOf(name: string): string {
  return name.split('_').slice(0, -2).join('_');
}

interface Metadata {
  readonly labels: readonly string[];
  readonly details: Readonly<Record<string, string | undefined>>;
}

async function readMetadata(file: string): Promise<Metadata> {
  const bytes = await readWholeFile(file, maxJsonBytes);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new LulcError('corrupt-file', 'not valid JSON', { where: { file }, cause });
  }
  const record = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const { labels } = record;
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === 'string')) {
    throw new LulcError('corrupt-file', "has no list of names under 'labels'", { where: { file } });
  }
  const text = (key: string) => (typeof record[key] === 'string' ? record[key] : undefined);
  return { labels, details: { acquisitionDate: text('acquisition_date'), tileSource: text('tile_source') } };
}
