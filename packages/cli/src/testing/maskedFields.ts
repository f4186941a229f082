import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { random } from '@lulc/core';
import { simulatedMarker } from '@lulc/sentinel2-data/node';
import sharp from 'sharp';

/** What masks of {@link writeMaskedFields} hold; 0 is without a label. */
export const fieldClasses = { field: 1, wood: 2, water: 3 } as const;

/** Height and width of its images in pixels. */
export const fieldSize = 24;

/**
 * Writes a folder of simulated images with masks: each two fields of different classes, four channels, listed in a table
 * with their part and scene.
 *
 * @param folder where to
 * @param parts number of images by part; three to a scene
 */
export async function writeMaskedFields(
  folder: string,
  parts: Readonly<Record<'train' | 'val' | 'test', number>>,
): Promise<void> {
  for (const name of ['images', 'masks']) mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, simulatedMarker), 'made by a test\n');
  const rows = Object.entries(parts).flatMap(([part, count]) =>
    Array.from({ length: count }, (_, i) => ({ name: `${part}${i}`, part, scene: `${part}-${Math.floor(i / 3)}` })),
  );
  for (const [i, { name }] of rows.entries()) {
    const draw = random(7, i);
    const border = 6 + draw.integer(fieldSize - 12);
    const classes = [1 + (i % 3), 1 + ((i + 1) % 3)];
    const mask = Uint8Array.from({ length: fieldSize * fieldSize }, (_, pixel) => {
      const [x, y] = [pixel % fieldSize, Math.floor(pixel / fieldSize)];
      return y === 0 ? 0 : classes[x < border ? 0 : 1];
    });
    const image = Uint8Array.from({ length: 4 * mask.length }, (_, value) => {
      const label = mask[value >> 2];
      return 40 * label + 20 * ((label + value) % 4) + draw.integer(30);
    });
    const raw = { width: fieldSize, height: fieldSize } as const;
    await sharp(image, { raw: { ...raw, channels: 4 } })
      .png()
      .toFile(path.join(folder, 'images', `${name}.png`));
    await sharp(mask, { raw: { ...raw, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(path.join(folder, 'masks', `${name}.png`));
  }
  const table = ['tile,split,scene', ...rows.map(({ name, part, scene }) => `${name},${part},${scene}`)];
  writeFileSync(path.join(folder, 'tiles.csv'), `${table.join('\n')}\n`);
}
