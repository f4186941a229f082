import type { GeoReference } from '@lulc/core';
import { elementsNamed, parseXml, textOf, type XmlElement } from '../xml/parseXml.js';

/**
 * Where an image lies by its GMLJP2 box (OGC 05-047r3): a rectified grid whose origin is the middle of the first pixel. Coordinates of a
 * geographic system that is named by a URN or an address come latitude first, as EPSG has it; of projected ones east first, which holds
 * for UTM.
 *
 * @param gml text of the box
 * @returns `undefined` without a grid, and for images that are turned or sheared against the map
 * @throws LulcError `corrupt-file` (no XML)
 */
export function gmlPlace(gml: string): GeoReference | undefined {
  const [grid] = elementsNamed(parseXml(gml.replace(/\0+$/, '')), 'RectifiedGrid');
  if (grid === undefined) return undefined;
  const [origin] = elementsNamed(grid, 'origin');
  const vectors = elementsNamed(grid, 'offsetVector');
  const name = srsName(grid);
  const epsg = Number(/EPSG\D+(?:[\d.]+[:/])?(\d+)$/i.exec(name ?? '')?.[1] ?? Number.NaN);
  const latitudeFirst = epsg >= 4000 && epsg < 5000 && /^(urn:|http)/i.test(name ?? '');
  const pair = (text: string | undefined) => {
    const [a, b] = (text ?? '').split(/[\s,]+/).map(Number);
    return latitudeFirst ? ([b, a] as const) : ([a, b] as const);
  };
  if (origin === undefined || vectors.length !== 2) return undefined;
  const [x, y] = pair(textOf(origin, 'pos') ?? textOf(origin, 'coordinates'));
  const [[width, sheared], [turned, height]] = vectors.map(({ text }) => pair(text));
  if (![x, y, width, height].every(Number.isFinite) || sheared !== 0 || turned !== 0 || width * height === 0) {
    return undefined;
  }
  return {
    origin: [x - width / 2, y - height / 2],
    pixelSize: [width, height],
    epsg: Number.isNaN(epsg) ? undefined : epsg,
  };
}

/** Of the first element within the grid that says in which system its coordinates are. */
function srsName(element: XmlElement): string | undefined {
  if (element.attributes.srsName !== undefined) return element.attributes.srsName;
  for (const child of element.children) {
    const name = srsName(child);
    if (name !== undefined) return name;
  }
  return undefined;
}
