import path from 'node:path';
import { LulcError } from '@lulc/core';
import { exists } from '../../formats/node/folder.js';
import type { MaskFormat } from './format.js';
import { pairsIn } from './pairs.js';

/** Its parts that have masks, and their landscapes. */
const folders = ['Train', 'Val'].flatMap((part) => ['Urban', 'Rural'].map((scene) => `${part}/${scene}`));

/** LoveDA: index masks, 0 where there are no data. Its part for testing has no masks. */
export const loveDa: MaskFormat = {
  detect: async ({ path: root }) => {
    const there = await Promise.all(folders.map((folder) => exists(path.join(root, folder, 'images_png'))));
    return there.includes(true);
  },

  open: async ({ path: root }, bad) => {
    const there = await Promise.all(folders.map((folder) => exists(path.join(root, folder, 'images_png'))));
    const present = folders.filter((_, i) => there[i]);
    if (present.length === 0) {
      throw new LulcError('missing-file', 'no folder like Train/Urban/images_png', { where: { file: root } });
    }
    const entries = await Promise.all(
      present.map((folder) =>
        pairsIn(
          {
            images: path.join(root, folder, 'images_png'),
            masks: path.join(root, folder, 'masks_png'),
            imageName: /^(\d+)\.png$/,
            maskName: (number) => `${number}.png`,
            prefix: `${folder}/`,
            split: folder.startsWith('Train') ? 'train' : 'val',
          },
          bad,
        ),
      ),
    );
    return {
      name: 'loveda',
      stored: ['R', 'G', 'B'],
      legend: { background: 1, building: 2, road: 3, water: 4, barren: 5, forest: 6, agriculture: 7 },
      ignore: [0],
      groundSamplingDistance: 0.3,
      licence: 'CC-BY-NC-SA-4.0',
      citation:
        'J. Wang et al., "LoveDA: A Remote Sensing Land-Cover Dataset for Domain Adaptive Semantic Segmentation", NeurIPS Datasets and Benchmarks 2021',
      entries: entries.flat(),
      drawsVal: false,
    };
  },
};
