import { LulcError } from '@lulc/core';
import type { SegmentationDataset } from '@lulc/core/segmentation';
import type { TeacherMaps } from './teacherMaps.js';
import { softChannelsOf } from './teacherRows.js';

/**
 * A dataset whose samples have what a teacher says of them: loaders take the maps through the same crops, turns and mirrors as
 * image and mask. Where the dataset lies in files and the maps do as well, worker threads read both; otherwise samples are read
 * in the calling thread.
 *
 * Unlabelled chips belong to it as labelled ones do: their masks are 255 everywhere, and they teach by the map alone.
 *
 * @param dataset images with masks
 * @param maps of every sample, see {@link cacheTeacherMaps}
 * @returns the dataset with soft targets of one channel for two classes, else of one per class; reading a sample throws LulcError
 *   `missing-file` when it has no map, `shape-mismatch` when the map is not of its size
 * @example
 * ```ts
 * // not run: needs chips
 * import { distillationObjective, type TeacherMaps, withSoftTargets } from '@lulc/cloud-unet-kd';
 * import { type SegmentationDataset, trainSegmenter } from '@lulc/core/segmentation';
 * import { createSegmentationLoader } from '@lulc/sentinel2-data/node';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function teach(student: LayersModel, chips: SegmentationDataset, maps: TeacherMaps): Promise<void> {
 *   const train = createSegmentationLoader(withSoftTargets(chips, maps), { batchSize: 8, shuffle: true });
 *   await trainSegmenter({ model: student, train, loss: distillationObjective(), epochs: 50 });
 * }
 * ```
 */
export function withSoftTargets<D extends SegmentationDataset>(dataset: D, maps: TeacherMaps): D {
  const softChannels = softChannelsOf(dataset.info.classes.length);
  const fileOf = maps.file?.bind(maps);
  const metaOf = dataset.meta?.bind(dataset);
  return {
    ...dataset,
    info: { ...dataset.info, softChannels },
    get: async (index: number) => {
      const sample = await dataset.get(index);
      const { map } = await maps.load(sample.meta.id);
      const wanted = [...sample.mask.shape, softChannels];
      if (map.shape.join() !== wanted.join()) {
        throw new LulcError('shape-mismatch', `the teacher's map is [${map.shape}], not [${wanted}]`, {
          where: { maps: maps.location, sample: sample.meta.id },
          hint: 'Was it made of another version of the dataset?',
        });
      }
      return { ...sample, soft: map };
    },
    ...(fileOf && metaOf && { softFile: (index: number) => fileOf(metaOf(index).id) }),
  };
}
