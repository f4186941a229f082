import path from 'node:path';
import { knownOption, LulcError } from '@lulc/core';
import type { MaskArray } from '@lulc/core/segmentation';
import { viewFolder } from '../../formats/node/folder.js';
import type { FolderView } from '../../formats/node/format.js';
import { readTable } from '../../formats/node/readCsv.js';
import { maskLegend } from '../../masks/classLegend.js';
import { cloudLegends } from '../../masks/cloudLegends.js';
import { decodeMask } from '../../masks/maskCoding.js';
import { readImage } from '../../raster/node/readImage.js';
import { landsatPatchName } from '../landsatPatches.js';
import type { OpenSegmentationOptions } from '../options.js';
import type { MaskedEntry, MaskFormat } from './format.js';
import { missingFile, presentFolders, wantedBands } from './pairs.js';

const bands = ['red', 'green', 'blue', 'nir'];

/** A folder with a folder per band, and what its patches are for. */
interface Place {
  readonly view: FolderView;
  readonly part: 'train' | 'test';
}

/** 38-Cloud: patches of 384 × 384 pixels of Landsat 8 scenes; those for testing have no masks of their own. */
export const cloud38: MaskFormat = landsatPatches({
  name: '38-cloud',
  own: /^38-cloud_(training|test)$/i,
  lists: /^training_patches_(?:38|95)-cloud_nonempty\.csv$/i,
  citation:
    'S. Mohajerani, P. Saeedi, "Cloud-Net: An End-To-End Cloud Detection Algorithm for Landsat 8 Imagery", IGARSS 2019, doi 10.1109/IGARSS.2019.8898776',
});

/** 95-Cloud: 38-Cloud with the patches of 57 more scenes, which are delivered apart; the same test set. */
export const cloud95: MaskFormat = landsatPatches({
  name: '95-cloud',
  own: /^(?:38|95)-cloud_(training|test)/i,
  needed: [/^38-cloud_training$/i, /^95-cloud_training/i],
  lists: /^training_patches_95-cloud_nonempty\.csv$/i,
  citation:
    'S. Mohajerani, P. Saeedi, "Cloud-Net+: A Cloud Segmentation CNN for Landsat 8 Remote Sensing Imagery Optimized with Filtered Jaccard Loss Function", arXiv:2001.08768',
});

interface Release {
  readonly name: string;
  /** Names of its folders; the first group says what for. */
  readonly own: RegExp;
  /** Names of folders that must all be there, unless the folder of the bands itself is opened. */
  readonly needed?: readonly RegExp[];
  /** Names of its lists of patches that are not mostly margin. */
  readonly lists: RegExp;
  readonly citation: string;
}

function landsatPatches({ name, own, needed = [], lists, citation }: Release): MaskFormat {
  const present = async (root: FolderView): Promise<readonly Place[]> => {
    const named = root.folders.flatMap((folder) => {
      const kind = own.exec(folder)?.[1]?.toLowerCase();
      return kind === undefined ? [] : [{ folder, part: kind === 'test' ? ('test' as const) : ('train' as const) }];
    });
    const below = await Promise.all(
      named.map(async ({ folder, part }) => ({ view: await viewFolder(path.join(root.path, folder)), part })),
    );
    const itself = (['train', 'test'] as const).flatMap((part) =>
      bands.some((band) => bandFolder(root, part, band) !== undefined) ? [{ view: root, part }] : [],
    );
    return [...below, ...itself];
  };
  const complete = (root: FolderView) => needed.every((folder) => root.folders.some((there) => folder.test(there)));
  return {
    detect: async (root) => complete(root) && (await present(root)).length > 0,

    open: async (options, bad) => {
      const root = await viewFolder(options.path);
      const places = await present(root);
      if (places.length === 0 || (!complete(root) && places.every(({ view }) => view !== root))) {
        throw new LulcError('missing-file', `not all folders of ${name}`, {
          where: { file: options.path },
          hint:
            needed.length === 0
              ? 'Looked for were 38-Cloud_training and 38-Cloud_test.'
              : '95-Cloud is 38-Cloud_training with 95-cloud_training_only_additional_to38-cloud beside it.',
        });
      }
      const found = (await Promise.all(places.map((place) => patchesAt(place, options, bad)))).flat();
      const kept = await listed(options, places, root, lists, found);
      const tested = kept.some(({ split }) => split === 'test');
      const { classes, ignore } = cloudLegends['zero-full'];
      return {
        name,
        stored: bands,
        legend: classes,
        ignore,
        groundSamplingDistance: 30,
        licence: 'unknown; Landsat 8 imagery is in the public domain',
        citation,
        entries: tested ? kept : kept.map((entry) => ({ ...entry, split: undefined })),
        drawsVal: true,
      };
    },
  };
}

/** The folder of a band, or of the masks (`gt`); those of 95-Cloud end in `_additional_to38cloud`. */
function bandFolder({ folders }: FolderView, part: string, band: string): string | undefined {
  return [`${part}_${band}`, `${part}_${band}_additional_to38cloud`].find((name) => folders.includes(name));
}

/** The patches of a part: all that a file is there of. */
async function patchesAt(
  { view, part }: Place,
  options: OpenSegmentationOptions,
  bad: (id: string, error: unknown) => void,
): Promise<readonly MaskedEntry[]> {
  const wanted = wantedBands(options, bands);
  const filesOf = async (band: string): Promise<ReadonlyMap<string, string>> => {
    const folder = path.join(view.path, bandFolder(view, part, band) ?? `${part}_${band}`);
    const { files } = await viewFolder(folder);
    return new Map(
      files.flatMap((file) => {
        const patch = landsatPatchName(file);
        return patch === undefined ? [] : [[patch.id, path.join(folder, file)] as const];
      }),
    );
  };
  const layers = new Map(await Promise.all(wanted.map(async (band) => [band, await filesOf(band)] as const)));
  const masks = part === 'train' ? await filesOf('gt') : undefined;
  const all = [...layers.values(), ...(masks === undefined ? [] : [masks])];
  const ids = [...new Set(all.flatMap((layer) => [...layer.keys()]))].sort();
  return ids.flatMap((id) => {
    const absent = [...layers, ...(masks === undefined ? [] : [['gt', masks] as const])].find(
      ([, layer]) => !layer.has(id),
    );
    const patch = landsatPatchName(id);
    if (absent !== undefined || patch === undefined) {
      const [band] = absent ?? ['red'];
      const folder = bandFolder(view, part, band) ?? '';
      bad(id, missingFile(path.join(view.path, folder, `${band}_${id}.TIF`), { band }));
      return [];
    }
    const { row, column, scene } = patch;
    const files = bands.map((band) => layers.get(band)?.get(id) ?? '');
    return [
      {
        id,
        image: layers.get(wanted[0])?.get(id) ?? '',
        files,
        mask: masks?.get(id),
        split: part,
        group: scene,
        details: { scene, row, column },
      },
    ];
  });
}

/** The patches that were asked for: all, or those that are not mostly margin, by the published lists. */
async function listed(
  { path: root, landsatPatches: settings = {} }: OpenSegmentationOptions,
  places: readonly Place[],
  top: FolderView,
  lists: RegExp,
  entries: readonly MaskedEntry[],
): Promise<readonly MaskedEntry[]> {
  const unique = [...new Map(entries.map((entry) => [entry.id, entry])).values()];
  if (knownOption('landsatPatches.patches', settings.patches ?? 'all', ['all', 'non-empty']) === 'all') return unique;
  const views = [top, ...places.map(({ view }) => view)];
  const files = views.flatMap((view) =>
    view.files.filter((file) => lists.test(file)).map((file) => path.join(view.path, file)),
  );
  if (files.length === 0) {
    throw new LulcError('missing-file', 'no list of the patches that are not empty', {
      where: { file: root },
      hint: 'Put training_patches_38-cloud_nonempty.csv (or training_patches_95-cloud_nonempty.csv) beside the folders.',
    });
  }
  const tables = await Promise.all([...new Set(files)].map(readTable));
  const names = new Set(tables.flatMap(({ rows }) => rows.map((row) => landsatPatchName(row.name ?? '')?.id)));
  return unique.filter(({ id, split }) => split === 'test' || names.has(id));
}

/**
 * The true mask of a whole scene of 38-Cloud, for predictions that `stitchPatches` put together. Its patches for testing have no
 * masks of their own.
 *
 * @param folder the dataset's folder, or `38-Cloud_test` itself
 * @param scene identity of the scene, as in `meta.scene`
 * @returns 0 clear, 1 cloud
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`
 * @example
 * ```ts
 * // not run: needs 38-Cloud
 * import { landsatPatchName, stitchPatches } from '@lulc/sentinel2-data';
 * import { openSegmentation, readSceneMask } from '@lulc/sentinel2-data/node';
 *
 * const test = await openSegmentation({ path: 'data/38-Cloud', format: '38-cloud', split: 'test' });
 * const scene = String(test.meta(0).scene);
 * const truth = await readSceneMask('data/38-Cloud', scene);
 * const patches = [];
 * for (let i = 0; i < test.length; i++) {
 *   const { scene: of, row, column } = test.meta(i);
 *   // in place of zeros, what a network says of (await test.get(i)).image
 *   if (of === scene) patches.push({ row: Number(row), column: Number(column), values: new Uint8Array(384 * 384) });
 * }
 * const predicted = stitchPatches(patches, { scene: truth.shape });
 * console.log(predicted.length === truth.data.length); // true
 * ```
 */
export async function readSceneMask(folder: string, scene: string): Promise<MaskArray> {
  const name = `edited_corrected_gts_${scene}.TIF`;
  const root = await viewFolder(folder);
  const inside = root.folders.filter((child) => /^(?:38|95)-cloud_/i.test(child));
  const views = await presentFolders(
    folder,
    ['', ...inside].map((child) => path.join(child, 'Entire_scene_gts')),
  );
  const found = views.find(({ files }) => files.includes(name));
  if (found === undefined) throw missingFile(path.join(folder, 'Entire_scene_gts', name));
  const file = path.join(found.path, name);
  const { coding } = maskLegend({ clear: 0, cloud: [1, 255] }, [], { unknown: 'error' });
  return decodeMask(await readImage(file), coding, file);
}
