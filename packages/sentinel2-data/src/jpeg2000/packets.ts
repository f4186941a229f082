import { LulcError } from '@lulc/core';
import type { GridArea } from './gridArea.js';

/** How one COD or COC segment divides a tile. */
export interface CodingStyle {
  /** Quality layers; a COC segment does not say. */
  readonly layers: number;
  /** Exponents of the sizes of precincts from the coarsest resolution on. */
  readonly precincts: readonly (readonly [x: number, y: number])[];
  /** Values of a code block. */
  readonly block: number;
}

/** Markers of the segments, and the exponent of precincts that are as large as can be. */
const marker = { cod: 0xff52, coc: 0xff53 } as const;
const wholePrecinct = 15;

/** Most decompositions there can be (ITU-T T.800, A.6.1). */
const maxLevels = 32;

/**
 * Reads a COD or COC segment (ITU-T T.800, A.6.1 and A.6.2).
 *
 * @param segment its bytes from the marker on
 * @returns `undefined` for segments of another kind
 * @throws LulcError `corrupt-file`
 */
export function codingStyle(segment: Uint8Array): CodingStyle | undefined {
  const kind = (segment[0] << 8) + segment[1];
  if (kind !== marker.cod && kind !== marker.coc) return undefined;
  const cod = kind === marker.cod;
  const at = cod ? 9 : 6;
  const levels = segment[at];
  const own = (segment[cod ? 4 : 5] & 1) === 1;
  if (!(levels <= maxLevels) || segment.length < at + 5 + (own ? levels + 1 : 0)) {
    throw new LulcError('corrupt-file', 'a broken coding style');
  }
  return {
    layers: cod ? (segment[6] << 8) + segment[7] : 1,
    precincts: Array.from({ length: levels + 1 }, (_, r) => {
      const size = own ? segment[at + 5 + r] : wholePrecinct * 0x11;
      return [size & 15, size >> 4] as const;
    }),
    block: 2 ** ((segment[at + 1] & 15) + (segment[at + 2] & 15) + 4),
  };
}

/**
 * Packets of a component of a tile: what a decoder makes room for before it sees any.
 *
 * @param styles those that may hold for the tile
 * @param area the tile
 */
export function packetCount(styles: readonly CodingStyle[], area: GridArea): number {
  const layers = Math.max(1, ...styles.map((style) => style.layers));
  const precincts = styles.map((style) =>
    style.precincts.reduce((sum, [x, y], r) => {
      const scale = 2 ** (style.precincts.length - 1 - r);
      return sum + along(area.x0, area.x1, scale, 2 ** x) * along(area.y0, area.y1, scale, 2 ** y);
    }, 0),
  );
  return layers * Math.max(0, ...precincts);
}

/**
 * Code blocks of a component of a tile, about.
 *
 * @param styles those that may hold for the tile
 * @param area the tile
 */
export function blockCount(styles: readonly CodingStyle[], { x0, y0, x1, y1 }: GridArea): number {
  return ((x1 - x0) * (y1 - y0)) / Math.min(Number.POSITIVE_INFINITY, ...styles.map(({ block }) => block));
}

/** Precincts along an axis at a resolution. */
function along(start: number, end: number, scale: number, size: number): number {
  return Math.max(0, Math.ceil(Math.ceil(end / scale) / size) - Math.floor(Math.ceil(start / scale) / size));
}
