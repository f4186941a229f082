/**
 * What the scripts of figures draw with: pictures inside of an SVG, which becomes a PNG beside them.
 */
import { join } from 'node:path';
import sharp from 'sharp';

/** Red, green, blue, and opacity where there is one, as a PNG enlarged by a factor. */
export async function dataUri(pixels, [height, width], scale, kernel) {
  const channels = pixels.length / (height * width);
  const png = await sharp(pixels, { raw: { width, height, channels } })
    .resize(width * scale, height * scale, { kernel })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

/** A line of text at its lower left corner. */
export const text = (x, y, line, more = '') => `<text x="${x}" y="${y}" ${more}>${line}</text>`;

/** A square picture at its upper left corner. */
export const embed = (uri, x, y, side) => `<image href="${uri}" x="${x}" y="${y}" width="${side}" height="${side}"/>`;

/** Writes docs/figures/<name>.png. */
export async function writeFigure(name, width, height, parts) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="14">
<rect width="100%" height="100%" fill="white"/>${parts.join('\n')}</svg>`;
  const file = join(import.meta.dirname, `${name}.png`);
  await sharp(Buffer.from(svg)).png({ palette: true, compressionLevel: 9, effort: 10 }).toFile(file);
  console.log(file);
}
