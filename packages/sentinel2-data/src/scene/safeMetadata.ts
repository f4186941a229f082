import { type GeoReference, LulcError } from '@lulc/core';
import { sentinel2Bands } from '../bands/bands.js';
import { elementsNamed, parseXml, textOf, type XmlElement } from '../xml/parseXml.js';

/** What the metadata of a Sentinel-2 product say of its pixels. */
export interface ProductMetadata {
  /** As stated: `Level-1C`, `Level-2A`. */
  readonly level: string;
  /** Version of the processing, like `05.09`. From `04.00` on values have an offset. */
  readonly processingBaseline: string;
  /** What values, with their offset added, are divided by to give reflectance. */
  readonly quantification: number;
  /** What is to be added to the values of a band, by its name: -1000, or 0 before baseline 04.00. */
  readonly offsets: Readonly<Record<string, number>>;
}

/**
 * Reads `MTD_MSIL1C.xml` or `MTD_MSIL2A.xml`. Source: ESA, Sentinel-2 Products Specification Document, S2-PDGS-TAS-DI-PSD, issue 14.9:
 * `QUANTIFICATION_VALUE`, `RADIO_ADD_OFFSET` (L1C), `BOA_ADD_OFFSET` (L2A).
 *
 * @param xml its text
 * @throws LulcError `corrupt-file`
 */
export function productMetadata(xml: string): ProductMetadata {
  const root = parseXml(xml);
  const quantification = first(root, [
    'BOA_QUANTIFICATION_VALUE',
    'L2A_BOA_QUANTIFICATION_VALUE',
    'QUANTIFICATION_VALUE',
  ]);
  if (!(Number(quantification) > 0)) throw new LulcError('corrupt-file', 'says not what its values are divided by');
  const stated = ['RADIO_ADD_OFFSET', 'BOA_ADD_OFFSET'].flatMap((name) => elementsNamed(root, name));
  const byBand = new Map(stated.map(({ attributes, text }) => [Number(attributes.band_id), Number(text)]));
  for (const [band, offset] of byBand) {
    if (!Number.isInteger(band) || !Number.isInteger(offset) || Math.abs(offset) > 65535) {
      throw new LulcError('corrupt-file', `an offset of ${offset} for band ${band}`);
    }
  }
  return {
    level: first(root, ['PROCESSING_LEVEL']) ?? 'unknown',
    processingBaseline: first(root, ['PROCESSING_BASELINE']) ?? 'unknown',
    quantification: Number(quantification),
    offsets: Object.fromEntries(sentinel2Bands.map(({ name }, id) => [name, byBand.get(id) ?? 0])),
  };
}

/**
 * Where images of a size lie by `MTD_TL.xml`: the corner of the first pixel.
 *
 * @param xml its text
 * @returns for `[height, width]`; `undefined` for a size that no resolution of the granule has
 * @throws LulcError `corrupt-file`
 */
export function granulePlace(xml: string): (size: readonly [number, number]) => GeoReference | undefined {
  const root = parseXml(xml);
  const code = /^EPSG:(\d+)$/i.exec(textOf(root, 'HORIZONTAL_CS_CODE') ?? '')?.[1];
  const sizes = elementsNamed(root, 'Size');
  const places = elementsNamed(root, 'Geoposition');
  return ([height, width]) => {
    const size = sizes.find((one) => number(one, 'NROWS') === height && number(one, 'NCOLS') === width);
    const place = places.find(({ attributes }) => attributes.resolution === size?.attributes.resolution);
    if (size === undefined || place === undefined) return undefined;
    const [x, y, across, down] = ['ULX', 'ULY', 'XDIM', 'YDIM'].map((name) => number(place, name));
    if (![x, y, across, down].every(Number.isFinite) || across * down === 0) return undefined;
    return { origin: [x, y], pixelSize: [across, down], epsg: code === undefined ? undefined : Number(code) };
  };
}

const first = (root: XmlElement, names: readonly string[]): string | undefined =>
  names.map((name) => textOf(root, name)).find((text) => text !== undefined);

const number = (element: XmlElement, name: string): number => Number(textOf(element, name) || Number.NaN);

/** Values of products that are no measurements: no data, and saturated. */
const special = { nodata: 0, saturated: 65535 } as const;

/**
 * Makes values of a product, in place, reflectance times 10,000. Those that mean something else stay; measured ones below 1 become 1, so
 * that they are not taken for "no data".
 *
 * @param values as stored
 * @param offset what is added to them
 * @param quantification what the sum is divided by to give reflectance
 */
export function toReflectance(values: Uint16Array, offset: number, quantification: number): void {
  if (offset === 0 && quantification === 10_000) return;
  const factor = 10_000 / quantification;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === special.nodata || value === special.saturated) continue;
    values[i] = Math.min(special.saturated - 1, Math.max(1, Math.round((value + offset) * factor)));
  }
}
