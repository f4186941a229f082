import { GeoTIFF } from 'geotiff';
import { expect, it } from 'vitest';
import { type TiffField, tiffEnding } from './tiffDirectory.js';

const fields: readonly TiffField[] = [
  { tag: 324, type: 'offset', values: [16, 5e9] },
  { tag: 256, type: 'long', values: [32] },
  { tag: 257, type: 'long', values: [16] },
  { tag: 258, type: 'short', values: [8] },
  { tag: 322, type: 'long', values: [16] },
  { tag: 323, type: 'long', values: [16] },
  { tag: 33550, type: 'double', values: [10, 10, 0] },
  { tag: 42113, type: 'ascii', values: '255' },
];

/** The first directory of a file that has nothing between its header and its directory. */
async function directoryOf(list: readonly TiffField[], at: number) {
  const { header, directory } = tiffEnding(list, at);
  const fetchSlice = async ({ offset, length }: { offset: number; length: number }) => {
    const data = new Uint8Array(length);
    if (offset < 16) data.set(header.subarray(offset));
    const from = Math.max(offset, at);
    const part = directory.subarray(from - at, Math.max(0, offset + length - at));
    if (from < offset + length) data.set(part, from - offset);
    return { offset, length, data: data.buffer };
  };
  const fileSize = at + directory.length;
  const fetch = async (slices: { offset: number; length: number }[]) =>
    Promise.all(slices.map(async (slice) => (await fetchSlice(slice)).data));
  const tiff = await GeoTIFF.fromSource({ fileSize, fetchSlice, fetch, close: async () => {} });
  return { tiff, image: await tiff.getImage(0) };
}

it.each([
  ['a classic TIFF', 1000, false],
  ['a BigTIFF beyond 4 GiB', 6e9, true],
] as const)('is %s', async (_, at, big) => {
  const list = big ? fields : fields.map((field) => (field.tag === 324 ? { ...field, values: [16, 500] } : field));
  const { tiff, image } = await directoryOf(list, at);
  expect([tiff.bigTiff, image.getWidth(), image.getHeight(), image.getGDALNoData()]).toEqual([big, 32, 16, 255]);
  const offsets = await image.fileDirectory.loadValue('TileOffsets');
  expect(Array.from(offsets ?? [], Number)).toEqual([16, big ? 5e9 : 500]);
  expect(Array.from((await image.fileDirectory.loadValue('ModelPixelScale')) ?? [])).toEqual([10, 10, 0]);
});
