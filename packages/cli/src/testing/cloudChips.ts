import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type GeoReference, type ImageArray, random } from '@lulc/core';
import { simulatedMarker, writeMap } from '@lulc/sentinel2-data/node';
import sharp from 'sharp';

/** Height and width of the chips of {@link writeCloudChips} in pixels. */
export const chipSize = 32;

/** Rows at the top of every chip that are without data. */
export const emptyRows = 2;

/** What masks of the chips hold. */
export const maskValues = { clear: 0, cloud: 1, unknown: 9 } as const;

/** Where the chips lie, each as large as the others. */
export const chipGeo: GeoReference = { origin: [500_000, 5_100_000], pixelSize: [10, -10], epsg: 32_633 };

/**
 * Writes a folder of simulated chips with cloud masks: GeoTIFFs of four bands in 16 bits on which bright discs lie, PNG masks,
 * and a table with part and scene.
 *
 * @param folder where to
 * @param parts number of chips by part; two to a scene
 */
export async function writeCloudChips(folder: string, parts: Readonly<Record<string, number>>): Promise<void> {
  for (const name of ['images', 'masks']) mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, simulatedMarker), 'made by a test\n');
  const rows = Object.entries(parts).flatMap(([part, count]) =>
    Array.from({ length: count }, (_, i) => ({ name: `${part}${i}`, part, scene: `${part}-${Math.floor(i / 2)}` })),
  );
  for (const [i, { name }] of rows.entries()) {
    const draw = random(11, i);
    const [x0, y0] = [draw.integer(chipSize), emptyRows + draw.integer(chipSize)];
    const radius = 6 + draw.integer(6);
    const mask = Uint8Array.from({ length: chipSize ** 2 }, (_, pixel) => {
      const [x, y] = [pixel % chipSize, Math.floor(pixel / chipSize)];
      if (y < emptyRows) return maskValues.unknown;
      return Math.hypot(x - x0, y - y0) < radius ? maskValues.cloud : maskValues.clear;
    });
    const image = Uint16Array.from({ length: 4 * mask.length }, (_, value) => {
      const label = mask[value >> 2];
      if (label === maskValues.unknown) return 0;
      return (label === maskValues.cloud ? 4000 : 500 + 300 * (value % 4)) + draw.integer(600);
    });
    await writeMap(
      {
        path: path.join(folder, 'images', `${name}.tif`),
        size: [chipSize, chipSize],
        bands: 4,
        type: 'uint16',
        geo: chipGeo,
      },
      image,
    );
    await sharp(mask, { raw: { width: chipSize, height: chipSize, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(path.join(folder, 'masks', `${name}.png`));
  }
  const table = ['tile,split,scene', ...rows.map(({ name, part, scene }) => `${name},${part},${scene}`)];
  writeFileSync(path.join(folder, 'tiles.csv'), `${table.join('\n')}\n`);
}

/**
 * Writes a simulated chip as a Sentinel-2 product of processing baseline 05.09, whose values have 1000 more than reflectance times
 * 10,000 and whose images are GeoTIFFs.
 *
 * @param folder of the product
 * @param image the chip
 * @param bands names of its bands
 */
export async function writeSafe(folder: string, { data, shape }: ImageArray, bands: readonly string[]): Promise<void> {
  const granule = path.join(folder, 'GRANULE', 'L1C_T33TWM_SIMULATED');
  mkdirSync(path.join(granule, 'IMG_DATA'), { recursive: true });
  const offsets = Array.from({ length: 13 }, (_, id) => `<RADIO_ADD_OFFSET band_id="${id}">-1000</RADIO_ADD_OFFSET>`);
  writeFileSync(
    path.join(folder, 'MTD_MSIL1C.xml'),
    `<Product><PROCESSING_LEVEL>Level-1C</PROCESSING_LEVEL><PROCESSING_BASELINE>05.09</PROCESSING_BASELINE>
      <QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE>${offsets.join('')}</Product>`,
  );
  const { origin, pixelSize, epsg } = chipGeo;
  writeFileSync(
    path.join(granule, 'MTD_TL.xml'),
    `<Tile><HORIZONTAL_CS_CODE>EPSG:${epsg}</HORIZONTAL_CS_CODE>
      <Size resolution="10"><NROWS>${shape[0]}</NROWS><NCOLS>${shape[1]}</NCOLS></Size>
      <Geoposition resolution="10"><ULX>${origin[0]}</ULX><ULY>${origin[1]}</ULY>
        <XDIM>${pixelSize[0]}</XDIM><YDIM>${pixelSize[1]}</YDIM></Geoposition></Tile>`,
  );
  for (const [channel, band] of bands.entries()) {
    const stored = Uint16Array.from({ length: shape[0] * shape[1] }, (_, pixel) => {
      const value = data[pixel * shape[2] + channel];
      return value === 0 ? 0 : value + 1000;
    });
    const file = path.join(granule, 'IMG_DATA', `T33TWM_20230604T101559_${band}.tif`);
    await writeMap({ path: file, size: [shape[0], shape[1]], type: 'uint16' }, stored);
  }
}
