import type { GeoReference } from '@lulc/core';
import { mapPoint, placementOf } from '../scene/geoTags.js';
import { elementsNamed, parseXml, textOf, type XmlElement } from '../xml/parseXml.js';

/**
 * Where an image lies by its GMLJP2 box (OGC 05-047r3): a rectified grid whose origin is the middle of the first pixel. Coordinates of a
 * geographic system that is named by a URN or an address come latitude first, as EPSG has it; of projected ones east first, which holds
 * for UTM.
 *
 * @param gml text of the box
 * @returns `undefined` without a grid
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
  const [[width, down], [right, height]] = vectors.map(({ text }) => pair(text));
  if (![x, y, width, height, down, right].every(Number.isFinite) || width * height === right * down) return undefined;
  const place = placementOf([x, y], [width, height], [right, down]);
  return {
    ...place,
    origin: mapPoint(place, -0.5, -0.5),
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
