import { open } from 'node:fs/promises';
import { LulcError } from '@lulc/core';
import { isJpeg2000 } from '../../jpeg2000/boxes.js';
import type { TileDecoder } from '../../jpeg2000/node/tileDecoder.js';
import { unreadable } from '../../raster/node/readFile.js';
import { checkBlocks, handleSource, imageKind, openTiff, readImage } from '../../raster/node/readImage.js';
import type { BlockCache } from './blockCache.js';
import { type BlockValues, copyBlock, emptyLike, inFile, type RasterFile } from './blockRaster.js';
import { jpeg2000File } from './jpeg2000File.js';
import { tiffFile } from './tiffFile.js';

/**
 * Opens a GeoTIFF or a JPEG 2000 file whose blocks are decoded as they are needed, or a PNG or JPEG, which is decoded whole.
 *
 * @param file path
 * @param cache keeps decoded blocks
 * @param decoder decodes those of JPEG 2000
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, naming the file
 */
export async function openRaster(
  file: string,
  cache: BlockCache<BlockValues>,
  decoder: TileDecoder,
): Promise<RasterFile> {
  const handle = await open(file, 'r').catch((cause) => {
    throw unreadable(file, cause);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new LulcError('unsupported-file', 'not a regular file', { where: { file } });
    const source = handleSource(handle, stats.size);
    const first = await source.read(0, 12);
    if (isJpeg2000(first)) return await inFile(file, () => jpeg2000File(file, handle, source, cache, decoder));
    if (imageKind(first) === 'tiff') {
      return await inFile(file, async () => {
        const image = await openTiff(source, file);
        await checkBlocks(image, stats.size, file);
        return tiffFile(file, handle, image, cache);
      });
    }
    await handle.close();
    return await wholeFile(file, cache);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function wholeFile(file: string, cache: BlockCache<BlockValues>): Promise<RasterFile> {
  const { data: first, shape } = await readImage(file);
  const load = async () => (await readImage(file)).data;
  await cache.get(file, async () => first);
  return {
    file,
    shape,
    nodata: undefined,
    geo: undefined,
    read: async (window) => {
      const out = emptyLike(first, window, shape[2]);
      copyBlock(await cache.get(file, load), { top: 0, left: 0, height: shape[0], width: shape[1] }, out, window, {
        from: 0,
        step: shape[2],
        count: shape[2],
        to: 0,
        channels: shape[2],
      });
      return { data: out, shape: [window.height, window.width, shape[2]] };
    },
    close: async () => {},
  };
}
