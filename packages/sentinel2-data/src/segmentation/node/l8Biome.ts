import path from 'node:path';
import { LulcError } from '@lulc/core';
import { mapLimited, viewFolder } from '../../formats/node/folder.js';
import type { FolderView } from '../../formats/node/format.js';
import { cloudLegends } from '../../masks/cloudLegends.js';
import type { OpenSegmentationOptions } from '../options.js';
import type { MaskedEntry, MaskFormat } from './format.js';
import { missingFile, wantedBands } from './pairs.js';

/** The eleven bands of Landsat 8 in the order of their numbers, by the names that say what they are. */
const bands = ['coastal', 'blue', 'green', 'red', 'nir', 'swir1', 'swir2', 'pan', 'cirrus', 'thermal1', 'thermal2'];

const biomes = ['barren', 'forest', 'grass_crops', 'shrubland', 'snow_ice', 'urban', 'water', 'wetlands'];

const sceneName = /^LC0?8\w+$/i;

/** Folders from the top down to that of a scene: a biome, and in USGS archives one more. */
const maxDepth = 2;

const atOnce = 8;

/** A folder of a scene, and the biome whose folder it is in. */
interface SceneFolder {
  readonly path: string;
  readonly scene: string;
  readonly biome: string | undefined;
}

/**
 * L8 Biome (USGS; also L8CCA): 96 Landsat 8 scenes, 12 of each of eight biomes, as USGS gives them (a GeoTIFF per band, the mask an
 * ENVI file) or as torchgeo packs them (one GeoTIFF with all bands, one with the mask). The grid is that of the mask, 30 m; the
 * panchromatic band of 15 m is brought to it. Parts are drawn by scene.
 */
export const l8Biome: MaskFormat = {
  detect: async (root) => (await scenesIn(root, undefined, 0)).length > 0,

  open: async (options, bad) => {
    const scenes = await scenesIn(await viewFolder(options.path), undefined, 0);
    if (scenes.length === 0) {
      throw new LulcError('missing-file', 'no folder <biome>/<scene>', {
        where: { file: options.path },
        hint: `Scenes are called like LC80420082013220LGN00; biomes are ${biomes.join(', ')}.`,
      });
    }
    const entries = await mapLimited(scenes, atOnce, async (folder) => {
      try {
        return await entryOf(folder, options);
      } catch (error) {
        bad(folder.scene, error);
        return undefined;
      }
    });
    const found = entries.flatMap((entry) => entry ?? []);
    const packed = found.filter(({ files }) => files === undefined).length;
    if (packed !== 0 && packed !== found.length) {
      throw new LulcError('unsupported-file', 'some scenes have a file per band, others one for all', {
        where: { file: options.path },
        hint: 'Keep them in two folders.',
      });
    }
    const { classes, ignore } = cloudLegends['l8-binary'];
    return {
      name: 'l8-biome',
      stored: bands,
      scenes: true,
      legend: classes,
      ignore,
      groundSamplingDistance: 30,
      licence: 'public domain (USGS)',
      citation:
        'U.S. Geological Survey, "L8 Biome Cloud Validation Masks", 2016, doi 10.5066/F7251GDH; S. Foga et al., "Cloud detection algorithm comparison and validation for operational Landsat data products", Remote Sensing of Environment 194, 2017',
      entries: found,
      drawsVal: false,
    };
  },
};

/** The biome that a folder is named after: `Grass/Crops` is written in many ways. */
function biomeOf(folder: string): string | undefined {
  const plain = folder.toLowerCase().replace(/[^a-z]+/g, '_');
  return biomes.find((biome) => biome === plain);
}

async function scenesIn(view: FolderView, biome: string | undefined, depth: number): Promise<readonly SceneFolder[]> {
  const here = view.folders
    .filter((name) => sceneName.test(name))
    .map((scene) => ({ path: path.join(view.path, scene), scene, biome }));
  if (depth === maxDepth) return here;
  const deeper = view.folders.filter((name) => (depth === 0 ? biomeOf(name) !== undefined : !sceneName.test(name)));
  const below = await mapLimited(deeper, atOnce, async (name) =>
    scenesIn(await viewFolder(path.join(view.path, name)), biome ?? biomeOf(name), depth + 1),
  );
  return [...here, ...below.flat()];
}

async function entryOf(
  { path: folder, scene, biome }: SceneFolder,
  options: OpenSegmentationOptions,
): Promise<MaskedEntry> {
  const { files } = await viewFolder(folder);
  const byName = new Map(files.map((file) => [file.toLowerCase(), path.join(folder, file)]));
  const there = (name: string) => byName.get(`${scene}${name}`.toLowerCase());
  const needed = (name: string, where?: Readonly<Record<string, string>>): string => {
    const file = there(name);
    if (file !== undefined) return file;
    throw missingFile(path.join(folder, `${scene}${name}`), where);
  };
  const common = { id: scene, split: undefined, group: scene, details: { biome } };
  const image = there('.TIF');
  if (image !== undefined) return { ...common, image, mask: needed('_fixedmask.TIF') };
  const mask = needed('_fixedmask.img');
  needed('_fixedmask.hdr');
  for (const band of wantedBands(options, bands)) needed(`_B${bands.indexOf(band) + 1}.TIF`, { band });
  return { ...common, image: mask, files: bands.map((_, i) => there(`_B${i + 1}.TIF`) ?? ''), mask };
}
