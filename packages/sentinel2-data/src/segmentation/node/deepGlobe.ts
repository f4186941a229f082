import path from 'node:path';
import { LulcError } from '@lulc/core';
import type { FolderView } from '../../formats/node/format.js';
import type { MaskFormat } from './format.js';
import { type PairPlace, pairsIn, presentFolders } from './pairs.js';

/**
 * Where its distributions keep images and masks: beside each other (as published), or apart. The published parts for validation
 * and test have no masks; where another distribution has parts of its own, they count.
 */
const places: readonly Pick<PairPlace, 'images' | 'masks' | 'split'>[] = [
  { images: '', masks: '' },
  { images: 'land-train', masks: 'land-train' },
  { images: 'train', masks: 'train' },
  { images: 'data/training_data/images', masks: 'data/training_data/masks', split: 'train' },
  { images: 'data/test_data/images', masks: 'data/test_data/masks', split: 'test' },
];

const imageName = /^(\d+)_sat\.jpe?g$/i;

const hasImages = ({ files }: FolderView) => files.some((name) => imageName.test(name));

/** DeepGlobe Land Cover (spec A6): the colours of its masks are to be cut at 128 (its own instructions). */
export const deepGlobe: MaskFormat = {
  detect: async ({ path: root }) => {
    const views = await presentFolders(
      root,
      places.map(({ images }) => images),
    );
    return views.some(hasImages);
  },

  open: async ({ path: root }, bad) => {
    const found = await Promise.all(
      places.map(async (place) => {
        const [images] = await presentFolders(root, [place.images]);
        return images !== undefined && hasImages(images) ? [place] : [];
      }),
    );
    const own = found.flat();
    if (own.length === 0) {
      throw new LulcError('missing-file', 'no images <number>_sat.jpg', { where: { file: root } });
    }
    const entries = await Promise.all(
      own.map(({ images, masks, split }) =>
        pairsIn(
          {
            images: path.join(root, images),
            masks: path.join(root, masks),
            imageName,
            maskName: (number) => `${number}_mask.png`,
            split,
          },
          bad,
        ),
      ),
    );
    return {
      name: 'deepglobe',
      stored: ['R', 'G', 'B'],
      legend: {
        urban: '#00ffff',
        agriculture: '#ffff00',
        rangeland: '#ff00ff',
        forest: '#00ff00',
        water: '#0000ff',
        barren: '#ffffff',
      },
      ignore: ['#000000'],
      threshold: 128,
      groundSamplingDistance: 0.5,
      licence: 'DeepGlobe terms: non-commercial research',
      citation:
        'I. Demir et al., "DeepGlobe 2018: A Challenge to Parse the Earth through Satellite Images", CVPR Workshops 2018',
      entries: entries.flat(),
      drawsVal: true,
    };
  },
};
