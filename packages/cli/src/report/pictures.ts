import type { ImageArray } from '@lulc/core';
import { type Colour, colourMask, type MaskArray } from '@lulc/core/segmentation';
import sharp, { type Sharp } from 'sharp';
import { scheme } from 'vega';

/** Red, green and blue as they are looked for among the bands, in this order; else the first three. */
const trueColour = [
  ['B04', 'B03', 'B02'],
  ['red', 'green', 'blue'],
];

/** Shares of the pixels that are shown as black and as full brightness. */
const stretchRange = [0.02, 0.98] as const;

/** Length of the longer side of a picture in pixels. */
const pictureSize = 160;

/** Share of the overlay where the evidence is strongest. */
const overlayOpacity = 0.65;

/** Values that are shown as black and as full brightness, for red, green and blue. */
export type Stretch = readonly (readonly [low: number, high: number])[];

/**
 * One stretch for a set of images, per colour between the 2nd and 98th percentile of all their pixels: pictures stay
 * comparable, and haze over all of them is taken out.
 *
 * @param images pixels in native units
 * @param bands their band names
 */
export function commonStretch(images: readonly ImageArray[], bands: readonly string[]): Stretch {
  return [0, 1, 2].map((colour) => {
    const values = Float64Array.from(images.flatMap((image) => [...channelOf(image, bands, colour)])).sort();
    const [low, high] = stretchRange.map((share) => values[Math.floor(share * (values.length - 1))]);
    return [low, Math.max(high, low + Number.EPSILON)] as const;
  });
}

/**
 * A true-colour picture of an image.
 *
 * @param image pixels in native units
 * @param bands their band names
 * @param stretch what is black and what is bright
 * @returns a PNG as a data URI
 */
export async function compositePng(image: ImageArray, bands: readonly string[], stretch: Stretch): Promise<string> {
  return pngUri(await enlarged(composite(image, bands, stretch), image.shape));
}

/**
 * The picture with a map of evidence over it.
 *
 * @param map values 0 … 1 over the same ground, at any size
 */
export async function overlayPng(
  image: ImageArray,
  bands: readonly string[],
  stretch: Stretch,
  map: { readonly data: Float32Array; readonly height: number; readonly width: number },
): Promise<string> {
  const picture = await enlarged(composite(image, bands, stretch), image.shape);
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

/**
 * A map in class colours, transparent where no class is known.
 *
 * @param mask class indices, or 255
 * @param palette colours by class
 * @returns a PNG as a data URI
 */
export async function maskPng(mask: MaskArray, palette: readonly Colour[]): Promise<string> {
  const [height, width] = mask.shape;
  const size = enlargedSize(height, width);
  return sharpUri(
    sharp(Buffer.from(colourMask(mask, palette)), { raw: { width, height, channels: 4 } }).resize(
      size.width,
      size.height,
      { fit: 'fill', kernel: 'nearest' },
    ),
  );
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

/** One colour of an image, pixel by pixel. */
function channelOf(
  { data, shape: [height, width, channels] }: ImageArray,
  bands: readonly string[],
  colour: number,
): Float64Array {
  const named = trueColour.find((names) => names.every((name) => bands.includes(name)));
  const channel = named === undefined ? Math.min(colour, channels - 1) : bands.indexOf(named[colour]);
  return Float64Array.from({ length: height * width }, (_, pixel) => data[pixel * channels + channel]);
}

/** Red, green, blue in 0 … 255. */
function composite(image: ImageArray, bands: readonly string[], stretch: Stretch): Uint8Array {
  const colours = stretch.map(([low, high], colour) =>
    Uint8Array.from(channelOf(image, bands, colour), (value) =>
      Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low)))),
    ),
  );
  return Uint8Array.from({ length: colours[0].length * 3 }, (_, i) => colours[i % 3][Math.floor(i / 3)]);
}

/** The size in which an image is shown. */
function enlargedSize(height: number, width: number): { readonly width: number; readonly height: number } {
  const factor = pictureSize / Math.max(height, width);
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}

async function enlarged(data: Uint8Array, [height, width]: readonly [number, number, number]): Promise<Picture> {
  const size = enlargedSize(height, width);
  const resized = await sharp(Buffer.from(data), { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  return { data: resized, ...size };
}

function pngUri({ data, width, height }: Picture): Promise<string> {
  return sharpUri(sharp(Buffer.from(data), { raw: { width, height, channels: 3 } }));
}

async function sharpUri(picture: Sharp): Promise<string> {
  const png = await picture.png({ compressionLevel: 9 }).toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
