import type { ImageArray } from '@lulc/core';
import sharp from 'sharp';
import { scheme } from 'vega';

/** Red, green and blue as they are looked for among the bands; else the first three. */
const trueColour = ['B04', 'B03', 'B02'];

/** Shares of the pixels that are shown as black and as full brightness. */
const stretchRange = [0.02, 0.98] as const;

/** Length of the longer side of a picture in pixels. */
const pictureSize = 160;

/** Share of the overlay where the evidence is strongest. */
const overlayOpacity = 0.65;

/**
 * A true-colour picture of an image: red, green and blue, stretched together between the 2nd and 98th percentile, so that
 * colours keep their balance.
 *
 * @param image pixels in native units
 * @param bands their band names
 * @returns a PNG as a data URI
 */
export async function compositePng(image: ImageArray, bands: readonly string[]): Promise<string> {
  return pngUri(await enlarged(composite(image, bands), image.shape));
}

/**
 * The picture with a map of evidence over it.
 *
 * @param map values 0 … 1 over the same ground, at any size
 */
export async function overlayPng(
  image: ImageArray,
  bands: readonly string[],
  map: { readonly data: Float32Array; readonly height: number; readonly width: number },
): Promise<string> {
  const picture = await enlarged(composite(image, bands), image.shape);
  const heat = await sharp(Buffer.from(Uint8Array.from(map.data, (value) => Math.round(255 * value))), {
    raw: { width: map.width, height: map.height, channels: 1 },
  })
    .resize(picture.width, picture.height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const data = Uint8Array.from(picture.data, (value, i) => {
    const level = heat[Math.floor(i / 3)];
    const opacity = (overlayOpacity * level) / 255;
    return Math.round(value * (1 - opacity) + heatColours[level * 3 + (i % 3)] * opacity);
  });
  return pngUri({ ...picture, data });
}

/** Colours of the evidence, 256 levels of red, green, blue. */
const heatColours: Uint8Array = (() => {
  const colour = scheme('inferno') as (share: number) => string;
  return Uint8Array.from(
    Array.from({ length: 256 }, (_, level) => {
      const text = colour(level / 255);
      const hex = /^#([0-9a-f]{6})$/i.exec(text)?.[1];
      return hex === undefined
        ? (text.match(/\d+/g) ?? []).slice(0, 3).map(Number)
        : [0, 2, 4].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
    }).flat(),
  );
})();

interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Red, green, blue in 0 … 255. */
function composite({ data, shape: [height, width, channels] }: ImageArray, bands: readonly string[]): Uint8Array {
  const found = trueColour.map((band) => bands.indexOf(band));
  const chosen = found.every((channel) => channel >= 0) ? found : [0, 1, 2].map((c) => Math.min(c, channels - 1));
  const values = new Float64Array(height * width * 3);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < 3; c++) values[pixel * 3 + c] = data[pixel * channels + chosen[c]];
  }
  const sorted = Float64Array.from(values).sort();
  const [low, high] = stretchRange.map((share) => sorted[Math.floor(share * (sorted.length - 1))]);
  const range = Math.max(high - low, Number.EPSILON);
  return Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, (value - low) / range))));
}

async function enlarged(data: Uint8Array, [height, width]: readonly [number, number, number]): Promise<Picture> {
  const factor = pictureSize / Math.max(height, width);
  const size = { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
  const resized = await sharp(Buffer.from(data), { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  return { data: resized, ...size };
}

async function pngUri({ data, width, height }: Picture): Promise<string> {
  const png = await sharp(Buffer.from(data), { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
