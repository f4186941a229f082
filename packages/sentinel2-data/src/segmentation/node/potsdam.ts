import { LulcError } from '@lulc/core';
import { resolveBands } from '../../bands/bandOrders.js';
import type { FolderView } from '../../formats/node/format.js';
import type { MaskFormat } from './format.js';
import { pairsIn, presentFolders } from './pairs.js';

/** Its kinds of images; the first with all bands that are asked for is taken. */
const kinds = [
  { folder: '4_Ortho_RGBIR', suffix: 'RGBIR', stored: ['R', 'G', 'B', 'IR'] },
  { folder: '2_Ortho_RGB', suffix: 'RGB', stored: ['R', 'G', 'B'] },
  { folder: '3_Ortho_IRRG', suffix: 'IRRG', stored: ['IR', 'R', 'G'] },
] as const;

/** Where its distributions keep masks, in order of preference. */
const maskFolders = ['5_Labels_all', '5_Labels_for_participants', ''];

/** Tiles `row_column` that the benchmark keeps for testing (spec A6: 24 for training, 14 for testing). */
const testTiles: ReadonlySet<string> = new Set(
  '2_13 2_14 3_13 3_14 4_13 4_14 4_15 5_13 5_14 5_15 6_13 6_14 6_15 7_13'.split(' '),
);

const maskName = (tile: string) => `top_potsdam_${tile}_label.tif`;

/**
 * ISPRS Potsdam: tiles of 6000 × 6000 pixels. The names of its colours are those of the ISPRS legend, of which GLCNet's class file
 * mixes up three (spec A6). All its colours are corners of the colour cube, so that values are cut at 128; black, which only
 * masks with eroded boundaries have, is ignored.
 */
export const potsdam: MaskFormat = {
  detect: async ({ folders }) => kinds.some(({ folder }) => folders.includes(folder)),

  open: async ({ path: root, bands }, bad) => {
    const wanted = bands === undefined ? [] : resolveBands(bands);
    const [images, kind] = await imagesWith(root, wanted);
    const [masks] = (await presentFolders(root, maskFolders)).filter(({ files }) =>
      files.some((name) => name.startsWith('top_potsdam_')),
    );
    if (masks === undefined) {
      throw new LulcError('missing-file', 'no masks top_potsdam_<row>_<column>_label.tif', {
        where: { file: root },
        hint: 'Unpack 5_Labels_all.zip.',
      });
    }
    const entries = await pairsIn(
      {
        images: images.path,
        masks: masks.path,
        imageName: new RegExp(`^top_potsdam_(\\d+_\\d+)_${kind.suffix}\\.tif$`),
        maskName,
        group: (tile) => tile,
      },
      bad,
    );
    return {
      name: 'potsdam',
      stored: kind.stored,
      legend: {
        'impervious surfaces': '#ffffff',
        building: '#0000ff',
        'low vegetation': '#00ffff',
        tree: '#00ff00',
        car: '#ffff00',
        clutter: '#ff0000',
      },
      ignore: ['#000000'],
      threshold: 128,
      groundSamplingDistance: 0.05,
      licence: 'ISPRS terms: research, with acknowledgement',
      citation: 'ISPRS WG II/4, 2D Semantic Labeling Contest - Potsdam',
      entries: entries.map((entry) => ({ ...entry, split: testTiles.has(entry.id) ? 'test' : 'train' })),
      drawsVal: true,
    };
  },
};

async function imagesWith(
  root: string,
  bands: readonly string[],
): Promise<readonly [FolderView, (typeof kinds)[number]]> {
  for (const kind of kinds) {
    const [view] = await presentFolders(root, [kind.folder]);
    if (view !== undefined && bands.every((band) => (kind.stored as readonly string[]).includes(band))) {
      return [view, kind];
    }
  }
  throw new LulcError('missing-file', `no folder of images with ${bands.join(', ') || 'any bands'}`, {
    where: { file: root },
    hint: `Known are ${kinds.map(({ folder, stored }) => `${folder} (${stored.join(', ')})`).join('; ')}.`,
  });
}
