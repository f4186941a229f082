import type { FileHandle } from 'node:fs/promises';
import type { GeoReference } from '@lulc/core';
import { findBoxes, type Jpeg2000Boxes } from '../../jpeg2000/boxes.js';
import { readCodestream } from '../../jpeg2000/codestream.js';
import { gmlPlace } from '../../jpeg2000/gmlPlace.js';
import type { TileDecoder } from '../../jpeg2000/node/tileDecoder.js';
import { bufferSource, openTiff } from '../../raster/node/readImage.js';
import type { ByteSource } from '../../raster/tiffGuard.js';
import { geoReferenceOf } from '../geoTags.js';
import type { BlockCache } from './blockCache.js';
import { type BlockValues, blockRaster, type RasterFile } from './blockRaster.js';
import { geoTags } from './tiffFile.js';

/**
 * A JPEG 2000 file, or a codestream alone, whose tiles are its blocks.
 *
 * @param file path
 * @param handle the open file, closed with the result
 * @param source its bytes
 * @param cache keeps decoded tiles
 * @param decoder decodes them
 * @throws LulcError `corrupt-file`, `unsupported-file`
 */
export async function jpeg2000File(
  file: string,
  handle: FileHandle,
  source: ByteSource,
  cache: BlockCache<BlockValues>,
  decoder: TileDecoder,
): Promise<RasterFile> {
  const boxes = await findBoxes(source);
  const stream = await readCodestream(source, boxes.codestream.start, boxes.codestream.end);
  const { image, tile, components, bits, signed } = stream;
  return blockRaster(
    {
      file,
      shape: [image.y1 - image.y0, image.x1 - image.x0, components],
      nodata: undefined,
      geo: await placeOf(boxes, file),
      block: [tile.height, tile.width],
      before: [image.y0 - tile.y, image.x0 - tile.x],
      separate: false,
      padded: false,
      decode: async (column, row) => {
        const { x0, y0, x1, y1 } = stream.tileArea(column, row);
        const shape = { height: y1 - y0, width: x1 - x0, components, bits, signed };
        return decoder.decode(await stream.tileStream(column, row), shape);
      },
      close: () => handle.close(),
    },
    cache,
  );
}

/** A place that cannot be read is none: the pixels are what the file is for. */
async function placeOf({ geoTiff, gml }: Jpeg2000Boxes, file: string): Promise<GeoReference | undefined> {
  const fromTiff = async () => {
    if (geoTiff === undefined) return undefined;
    return geoReferenceOf(await geoTags(await openTiff(bufferSource(geoTiff), file)));
  };
  for (const find of [fromTiff, async () => (gml === undefined ? undefined : gmlPlace(gml))]) {
    const place = await find().catch(() => undefined);
    if (place !== undefined) return place;
  }
  return undefined;
}
