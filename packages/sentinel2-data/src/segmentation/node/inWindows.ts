import { LulcError } from '@lulc/core';
import type { FileEntry } from '../../formats/node/fileSet.js';
import { mapUsable } from '../../formats/node/folder.js';
import { imageShape } from '../../raster/node/readImage.js';
import type { PixelWindow } from '../../raster/pixelWindow.js';
import type { WindowOptions } from '../options.js';
import { windowsOf } from '../windows.js';

/** Images whose sizes are looked up at the same time. */
const atOnce = 8;

/** A sample that is one image, or a part of it. */
export interface ImageEntry extends FileEntry {
  /** Its file. */
  readonly image: string;
  /** The file of its mask, which must be of the same size. */
  readonly mask?: string | undefined;
  /** The part of it. */
  readonly window?: PixelWindow;
}

/** Samples with the size that they share. */
export interface CutEntries<E extends ImageEntry> {
  /** The samples. */
  readonly entries: readonly E[];
  /** `[height, width]` when all samples share it. */
  readonly size: readonly [number, number] | undefined;
}

/**
 * Cuts images into windows. Their ids are those of the images with the first row and column; their group is that of the image,
 * else the image.
 *
 * @param images samples of one image each
 * @param options size and stride
 * @param bad called for an image that cannot be read
 * @param ownGrids whether some files of an image may have another grid than the one that is cut
 */
export async function inWindows<E extends ImageEntry>(
  images: readonly E[],
  options: WindowOptions,
  bad: (id: string, error: unknown) => void,
  ownGrids = false,
): Promise<CutEntries<E>> {
  const sized = await sizedImages(images, bad);
  const entries = sized.flatMap(({ entry, size }) =>
    windowsOf(size, options).map((window) => ({
      ...entry,
      id: `${entry.id}@${window.top},${window.left}`,
      window: ownGrids ? { ...window, grid: size } : window,
      details: { ...entry.details, group: entry.details.group ?? entry.id },
    })),
  );
  const [first] = entries.flatMap(({ window }) => window ?? []);
  const same = entries.every(({ window }) => window?.height === first.height && window.width === first.width);
  return { entries, size: first !== undefined && same ? [first.height, first.width] : undefined };
}

/**
 * Whole images of which some files have grids of their own: one window each, which says on which grid they are wanted.
 *
 * @param images samples of one image each
 * @param bad called for an image that cannot be read
 */
export async function onOneGrid<E extends ImageEntry>(
  images: readonly E[],
  bad: (id: string, error: unknown) => void,
): Promise<readonly E[]> {
  const sized = await sizedImages(images, bad);
  return sized.map(({ entry, size }) => ({
    ...entry,
    window: { top: 0, left: 0, height: size[0], width: size[1], grid: size },
  }));
}

/** Images with their sizes, those that can be read. */
function sizedImages<E extends ImageEntry>(
  images: readonly E[],
  bad: (id: string, error: unknown) => void,
): Promise<{ readonly entry: E; readonly size: readonly [number, number] }[]> {
  return mapUsable(
    images,
    atOnce,
    async (entry) => {
      const { image, mask } = entry;
      const [height, width] = await imageShape(image);
      if (mask !== undefined && mask !== image) {
        const [rows, columns] = await imageShape(mask);
        if (rows !== height || columns !== width) {
          throw new LulcError('corrupt-file', `the mask is ${rows} x ${columns}, its image ${height} x ${width}`, {
            where: { file: mask, image },
          });
        }
      }
      return { entry, size: [height, width] as const };
    },
    ({ id }, error) => bad(id, error),
  );
}
