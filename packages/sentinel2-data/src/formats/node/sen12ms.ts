import path from 'node:path';
import { LulcError } from '@lulc/core';
import { writeAtomically } from '@lulc/core/node';
import { bandOrders, resolveBands } from '../../bands/bandOrders.js';
import { bandIndices } from '../../bands/selectBands.js';
import type { StackOptions } from '../../dataset/fileDataset.js';
import { splitByGroup } from '../../dataset/split.js';
import { igbp10, igbp17, igbpClasses } from '../../labels/igbp.js';
import { scalingIfKnown } from '../../normalisation/statistics.js';
import { readWholeFile } from '../../raster/node/readFile.js';
import type { OpenDatasetOptions, Sen12MsOptions } from '../options.js';
import { splitNames, usualSplitName } from '../splitNames.js';
import { isRadar } from './bigEarthNet.js';
import { firstExisting, mapLimited, mapUsable, viewFolder } from './folder.js';
import type { Entry, Format } from './format.js';
import { countFractions, fractionsFile, fractionsTable, type IgbpFractions, readFractions } from './igbpFractions.js';
import { fractionsOf } from './splitFractions.js';

const seasonFolder = /^ROIs\d{4}_(?:spring|summer|fall|winter)$/;
const sceneFolder = /^s2_\d{1,6}$/;
const patchName = /^(ROIs\d{4}_(?:spring|summer|fall|winter))_s2_(\d{1,6})_(p\d{1,6})$/;

/** Channels of the files of each sensor. */
const channels = { s2: bandOrders.l1c, s1: bandOrders['bigearthnet-s1'] } as const;

/** Decibels to which the radar is limited (spec 7). */
const radarRange = [-25, 0] as const;

/** Its radar image holds values that are no numbers; the official lists leave it out. */
const brokenPatch = 'ROIs1868_summer_s2_146_p202';

/** The lists of the official toolbox name 180,000 patches in 6 MB. */
const maxListBytes = 1 << 26;

/** Land cover files that are read at the same time. */
const readAtOnce = 8;

/**
 * SEN12MS: triplets of Sentinel-1, Sentinel-2 and land cover, a folder per season and one per scene and sensor:
 * `ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif`.
 */
export const sen12ms: Format = {
  detect: async ({ folders }) => folders.some((name) => seasonFolder.test(name)),

  open: async (options, bad) => {
    const bands = resolveBands(options.bands ?? 'bigearthnet-spectral');
    const runs = sensorRuns(bands);
    const scheme = labelling(options.sen12ms);
    const split = usualSplitName(options.split ?? 'all');
    const patches = (await patchesOf(options, split)).filter((patch) => patch !== brokenPatch);
    const known = await readFractions(options.path);
    const entries = await mapUsable(
      patches,
      readAtOnce,
      async (patch): Promise<Entry> => {
        const { season, scene } = partsOf(patch);
        const fractions = known?.get(patch) ?? (await countFractions(fileOf(options.path, patch, 'lc')));
        return {
          id: patch,
          label: scheme.label(fractions),
          base: options.path,
          details: { season: season.replace(/^ROIs\d+_/, ''), group: `${season}_${scene}` },
        };
      },
      bad,
    );
    const size = options.imageSize ?? ([256, 256] as const);
    const stack: StackOptions = {
      bands: runs.flatMap((run) => run.bands),
      channels: runs.map(({ sensor, bands: names }) => bandIndices(channels[sensor], names)),
      ranges: runs.flatMap(({ sensor, bands: names }) => names.map(() => (sensor === 's1' ? radarRange : undefined))),
      ...(size === 'any' ? {} : { size, fileSizes: runs.map(() => size) }),
      resample: options.resample ?? 'bicubic',
      nodata: 0,
    };
    return {
      info: {
        name: 'sen12ms',
        split,
        task: scheme.task,
        classes: scheme.classes,
        bands: stack.bands,
        imageSize: stack.size,
        groundSamplingDistance: 10,
        scaling: scalingIfKnown('sen12ms', stack.bands),
        licence: 'CC-BY-4.0',
        citation:
          'M. Schmitt, L. H. Hughes, C. Qiu, X. X. Zhu, "SEN12MS - A Curated Dataset of Georeferenced Multi-Spectral Sentinel-1/2 Imagery for Deep Learning and Data Fusion", ISPRS Annals IV-2/W7, 2019',
      },
      stack,
      entries,
      files: ({ id, base }) => runs.map(({ sensor }) => fileOf(base, id, sensor)),
    };
  },
};

/**
 * Reads every land cover file of a SEN12MS folder once and writes the shares of the classes into `igbp_fractions.csv` there,
 * which is then read instead: opening the whole set is a matter of seconds, and the land cover files may be removed.
 *
 * @param folder folder of the dataset
 * @param onProgress told how many patches are done
 * @returns number of patches
 * @throws LulcError as `openDataset`; nothing is written when a file cannot be read
 * @example
 * ```ts
 * // not run: needs SEN12MS
 * import { openDataset, writeIgbpFractions } from '@lulc/sentinel2-data/node';
 *
 * await writeIgbpFractions('data/sen12ms', (done, total) => console.log(`${done} of ${total}`));
 * const train = await openDataset({ path: 'data/sen12ms', split: 'train' });
 * ```
 */
export async function writeIgbpFractions(
  folder: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<number> {
  const patches = await allPatches(folder);
  if (patches.length === 0) {
    throw new LulcError('unsupported-file', 'no patch of SEN12MS lies here', { where: { file: folder } });
  }
  let done = 0;
  const shares = await mapLimited(patches, readAtOnce, async (patch): Promise<[string, IgbpFractions]> => {
    const fractions = await countFractions(fileOf(folder, patch, 'lc'));
    onProgress(++done, patches.length);
    return [patch, fractions];
  });
  const text = new TextEncoder().encode(fractionsTable(new Map(shares)));
  await writeAtomically(path.join(folder, fractionsFile), text);
  return patches.length;
}

interface SensorRun {
  readonly sensor: keyof typeof channels;
  readonly bands: readonly string[];
}

/** Neighbouring bands of one sensor, which are read from one file. */
function sensorRuns(bands: readonly string[]): readonly SensorRun[] {
  const runs: { sensor: SensorRun['sensor']; bands: string[] }[] = [];
  for (const wanted of bands) {
    const all = [...channels.s2, ...channels.s1];
    const band = all[bandIndices(all, [wanted])[0]];
    const sensor = isRadar(band) ? 's1' : 's2';
    const last = runs.at(-1);
    if (last?.sensor === sensor) last.bands.push(band);
    else runs.push({ sensor, bands: [band] });
  }
  return runs;
}

/** How the shares of the IGBP classes become labels. */
function labelling({ scheme: name = 'simplified', task = 'multi-label', threshold = 0.1 }: Sen12MsOptions = {}) {
  if (!(threshold > 0 && threshold <= 1)) {
    throw new LulcError('invalid-argument', `the threshold is ${threshold}; it must be above 0 and at most 1`, {
      where: { option: 'sen12ms.threshold' },
    });
  }
  const { classes } = name === 'simplified' ? igbp10 : igbp17;
  const classOf = igbpClasses.map((igbp) => classes.indexOf(name === 'simplified' ? igbp.simplified : igbp.name));
  return {
    task,
    classes,
    label: (fractions: IgbpFractions): readonly number[] => {
      const shares = classes.map(() => 0);
      fractions.forEach((share, i) => {
        shares[classOf[i]] += share;
      });
      if (task === 'single-label') return [shares.indexOf(Math.max(...shares))];
      return shares.flatMap((share, c) => (share >= threshold ? [c] : []));
    },
  };
}

/**
 * The patches of a part. `train` and `test` are those of the official lists; `val` that of `val_list.txt`, else whole scenes
 * drawn from `train`, which they leave. `trainval` is the whole official list for training. Without lists scenes are drawn.
 */
async function patchesOf(options: OpenDatasetOptions, split: string): Promise<readonly string[]> {
  if (split === 'all') return allPatches(options.path);
  const list = async (name: string) => readList(options.path, name);
  const [train, test] = [await list('train'), await list('test')];
  const { shares, seed } = fractionsOf(options);
  const drawn = (patches: readonly string[], fractions: Readonly<Record<string, number>>) => {
    const scenes = patches.map((patch) => patch.slice(0, patch.lastIndexOf('_')));
    const parts = splitByGroup(scenes, fractions, seed);
    return Object.fromEntries(Object.entries(parts).map(([name, members]) => [name, members.map((i) => patches[i])]));
  };
  const without = (patches: readonly string[], other: readonly string[] = []) => {
    const left = new Set(other);
    return patches.filter((patch) => !left.has(patch));
  };
  const parts = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
    const val = await list('val');
    const trainval = train ?? without(await allPatches(options.path), test);
    if (train === undefined && test === undefined && val === undefined) return drawn(trainval, shares);
    const known = { trainval, ...(test && { test }) };
    if (val !== undefined) return { train: without(trainval, val), val, ...known };
    return { ...drawn(trainval, { train: shares.train, val: shares.val }), ...known };
  };
  const found = await parts();
  const patches = found[split] as readonly string[] | undefined;
  if (patches !== undefined) return patches;
  throw new LulcError('unknown-name', `no part '${split}' and no list of it`, {
    where: { file: options.path },
    hint: `There are ${Object.keys(found).join(', ')}, all.`,
  });
}

/** The patches of a list of the official toolbox in its text form; its pickles are programs and never read. */
async function readList(folder: string, split: string): Promise<readonly string[] | undefined> {
  const names = splitNames(split).flatMap((name) => [`${name}_list.txt`, `splits/${name}_list.txt`]);
  const file = await firstExisting(folder, names);
  if (file === undefined) return undefined;
  const lines = (await readWholeFile(file, maxListBytes)).toString('utf8').split(/\r?\n/);
  return lines
    .map((line) => line.trim().replace(/\.tif$/, ''))
    .filter((line) => line !== '')
    .map((line) => {
      if (patchName.test(line)) return line;
      throw new LulcError('corrupt-file', `'${line.slice(0, 80)}' is not the name of a patch`, { where: { file } });
    });
}

/** Every patch on the disk, by its Sentinel-2 image. */
async function allPatches(folder: string): Promise<readonly string[]> {
  const seasons = (await viewFolder(folder)).folders.filter((name) => seasonFolder.test(name));
  const scenes = await mapLimited(seasons, readAtOnce, async (season) => {
    const { folders } = await viewFolder(path.join(folder, season));
    return folders.filter((name) => sceneFolder.test(name)).map((name) => path.join(folder, season, name));
  });
  const views = await mapLimited(scenes.flat(), readAtOnce, viewFolder);
  return views
    .flatMap(({ files }) => files.filter((file) => file.endsWith('.tif')).map((file) => file.slice(0, -4)))
    .filter((name) => patchName.test(name));
}

function partsOf(patch: string): { readonly season: string; readonly scene: string; readonly number: string } {
  const [, season, scene, number] = patchName.exec(patch) ?? [];
  return { season, scene, number };
}

/** The file of a patch for a sensor, or its land cover. */
function fileOf(folder: string, patch: string, kind: 's1' | 's2' | 'lc'): string {
  const { season, scene, number } = partsOf(patch);
  return path.join(folder, season, `${kind}_${scene}`, `${season}_${kind}_${scene}_${number}.tif`);
}
