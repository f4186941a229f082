import { type Random, random } from '@lulc/core';
import { type Cover, covers, type Region, regions } from './covers.js';
import { materials, spectrumBands } from './materials.js';

/** Pixels along an edge of a patch, at 10 m. */
export const patchPixels = 120;
const pixels = patchPixels * patchPixels;
const bandCount = spectrumBands.length;

/** A class is a label of a patch when it covers at least this share of it. */
const leastShare = 0.05;

/** What all patches of one acquisition have in common. */
export interface Scene {
  /** Which classes occur, and how often. */
  readonly region: Region;
  /** Per band, brightness of illumination and calibration. */
  readonly gain: Float64Array;
  /** Per band, haze that correction left, in reflectance × 10000. */
  readonly haze: Float64Array;
  /** How much herbs have dried: 0 green … 1 dry. */
  readonly dryness: number;
}

/** A simulated patch. */
export interface Patch {
  /** Index into the cover table per pixel. */
  readonly map: Uint8Array;
  /** Indices of the classes (of BigEarthNet's 19) that cover enough of it, ascending. */
  readonly label: readonly number[];
  /** Reflectance × 10000 at 10 m, band after band in the order of the spectra. */
  readonly reflectance: Float32Array;
}

/** Share of the haze that each band gets: it scatters short waves most. */
const hazeShape = [1, 0.85, 0.6, 0.4, 0.33, 0.28, 0.24, 0.2, 0.18, 0.15, 0.05, 0.03];

/**
 * Draws a scene.
 *
 * @param seed seed of the simulation
 * @param scene number of the scene
 * @param allowed class indices that may occur
 */
export function drawScene(seed: number, scene: number, allowed: readonly number[]): Scene {
  const draw = random(seed, scene, 11);
  const may = (name: string) => allowed.some((index) => covers[index].name === name);
  const region = regions[scene % regions.length].filter(([name]) => may(name));
  const common = 1 + 0.05 * draw.normal();
  const haze = 150 * draw.next();
  return {
    region: region.length > 0 ? region : allowed.map((index) => [covers[index].name, 1] as const),
    gain: Float64Array.from({ length: bandCount }, () => Math.max(0.7, common * (1 + 0.02 * draw.normal()))),
    haze: Float64Array.from(hazeShape, (share) => haze * share),
    dryness: draw.next() ** 2,
  };
}

/**
 * Makes a patch: regions of classes with soft borders, in them fields, houses or stands, and what a sensor sees of it.
 *
 * @param seed seed of the simulation
 * @param patch number of the patch
 * @param scene the acquisition that it belongs to
 */
export function makePatch(seed: number, patch: number, scene: Scene): Patch {
  const draw = random(seed, patch, 12);
  const map = drawMap(draw, scene.region);
  const reflectance = new Float32Array(pixels * bandCount);
  const present = [...new Set(map)].sort((a, b) => a - b);
  for (const index of present) paintCover(covers[index], index, map, scene, draw, reflectance);
  observe(scene, draw, reflectance);
  const counts = new Uint32Array(covers.length);
  for (const index of map) counts[index]++;
  return { map, label: present.filter((index) => counts[index] >= leastShare * pixels), reflectance };
}

/** Two to four classes in a handful of areas, whose borders are bent by noise; sometimes a river. */
function drawMap(draw: Random, region: Region): Uint8Array {
  const wanted = 1 + draw.integer(4);
  const palette: number[] = [];
  let left = [...region];
  while (palette.length < wanted && left.length > 0) {
    const name = pick(draw, left);
    palette.push(covers.findIndex((cover) => cover.name === name));
    left = left.filter(([other]) => other !== name);
  }
  const sites = Array.from({ length: palette.length + draw.integer(4) }, (_, i) => ({
    y: draw.next() * patchPixels,
    x: draw.next() * patchPixels,
    cover: i < palette.length ? palette[i] : palette[draw.integer(palette.length)],
  }));
  const bendY = smoothNoise(draw, 30);
  const bendX = smoothNoise(draw, 30);
  const map = new Uint8Array(pixels);
  for (let y = 0, i = 0; y < patchPixels; y++) {
    for (let x = 0; x < patchPixels; x++, i++) {
      const [atY, atX] = [y + 24 * (bendY[i] - 0.5), x + 24 * (bendX[i] - 0.5)];
      let nearest = Number.POSITIVE_INFINITY;
      for (const site of sites) {
        const distance = (site.y - atY) ** 2 + (site.x - atX) ** 2;
        if (distance < nearest) {
          nearest = distance;
          map[i] = site.cover;
        }
      }
    }
  }
  const river = covers.findIndex(({ name }) => name === 'Inland waters');
  if (region.some(([name]) => name === covers[river].name) && draw.next() < 0.15) drawRiver(draw, map, river);
  return map;
}

/** A winding band of water across the patch. */
function drawRiver(draw: Random, map: Uint8Array, cover: number): void {
  const [middle, swing, phase] = [30 + 60 * draw.next(), 8 + 14 * draw.next(), 2 * Math.PI * draw.next()];
  const [half, length] = [3 + 3 * draw.next(), 60 + 80 * draw.next()];
  const upright = draw.next() < 0.5;
  for (let along = 0; along < patchPixels; along++) {
    const centre = middle + swing * Math.sin(phase + (2 * Math.PI * along) / length);
    const last = Math.min(patchPixels - 1, Math.ceil(centre + half));
    for (let across = Math.max(0, Math.floor(centre - half)); across <= last; across++) {
      map[upright ? along * patchPixels + across : across * patchPixels + along] = cover;
    }
  }
}

/** Fills the pixels of one class. */
function paintCover(
  cover: Cover,
  index: number,
  map: Uint8Array,
  scene: Scene,
  draw: Random,
  reflectance: Float32Array,
): void {
  const { cells, overlay, grain } = cover;
  const size = cells.size[0] + draw.next() * (cells.size[1] - cells.size[0]);
  const cellOf = drawCells(draw, size, cells.angular);
  const spectra = new Map<number, Float64Array>();
  const key = Math.floor(draw.next() * 2 ** 31);
  const share = overlay === undefined ? 0 : overlay.share[0] + draw.next() * (overlay.share[1] - overlay.share[0]);
  const cuts = overlay === undefined ? undefined : overlayField(draw, overlay.pattern, overlay.scale, share);
  const second = overlay === undefined ? undefined : Float64Array.from(materials[overlay.material]);
  const coarse = smoothNoise(draw, 4);
  for (let i = 0; i < pixels; i++) {
    const noise = draw.next() + draw.next() - 1;
    if (map[i] !== index) continue;
    let first = spectra.get(cellOf[i]);
    if (first === undefined) {
      first = cellSpectrum(random(key, cellOf[i]), cells.materials, scene.dryness);
      spectra.set(cellOf[i], first);
    }
    const bright = 1 + grain * (noise + 1.2 * (coarse[i] - 0.5));
    const mix = cuts?.[i] ?? 0;
    for (let band = 0; band < bandCount; band++) {
      const ground = second === undefined ? first[band] : first[band] + mix * (second[band] - first[band]);
      reflectance[band * pixels + i] = ground * bright;
    }
  }
}

const herbs: readonly string[] = ['grass', 'crop', 'reed', 'shrub'];

/** The spectrum of one field or roof: its material, a little of the ground below, and how bright it is. */
function cellSpectrum(draw: Random, odds: Cover['cells']['materials'], dryness: number): Float64Array {
  const material = pick(draw, odds);
  const dry = herbs.includes(material) ? 0.5 * dryness * draw.next() : 0;
  const bare = 0.12 * draw.next();
  const bright = Math.max(0.6, 1 + 0.1 * draw.normal());
  const water = material === 'lake' || material === 'sea' || material === 'silt';
  return Float64Array.from(materials[material], (value, band) => {
    const dried = value + dry * (materials.stubble[band] - value);
    return bright * (water ? dried : dried + bare * (materials.soil[band] - dried));
  });
}

/** Number of the cell that each pixel lies in: nearest of the jittered sites of a turned grid. */
function drawCells(draw: Random, size: number, angular: boolean): Int32Array {
  const angle = draw.next() * Math.PI;
  const [cos, sin] = [Math.cos(angle) / size, Math.sin(angle) / size];
  const jitter = angular ? 0.35 : 0.9;
  const key = Math.floor(draw.next() * 2 ** 31);
  const sites = new Map<number, readonly [number, number]>();
  const reach = Math.ceil((1.5 * patchPixels) / size) + 3;
  const span = 2 * reach + 1;
  const siteOf = (v: number, u: number): readonly [id: number, v: number, u: number] => {
    const id = (v + reach) * span + u + reach;
    let site = sites.get(id);
    if (site === undefined) {
      const own = random(key, id);
      site = [v + 0.5 + jitter * (own.next() - 0.5), u + 0.5 + jitter * (own.next() - 0.5)];
      sites.set(id, site);
    }
    return [id, site[0], site[1]];
  };
  const cells = new Int32Array(pixels);
  for (let y = 0, i = 0; y < patchPixels; y++) {
    for (let x = 0; x < patchPixels; x++, i++) {
      const v = y * cos + x * sin;
      const u = x * cos - y * sin;
      let nearest = Number.POSITIVE_INFINITY;
      for (let dv = -1; dv <= 1; dv++) {
        for (let du = -1; du <= 1; du++) {
          const [id, siteV, siteU] = siteOf(Math.floor(v) + dv, Math.floor(u) + du);
          const distance = angular
            ? Math.max(Math.abs(siteV - v), Math.abs(siteU - u))
            : (siteV - v) ** 2 + (siteU - u) ** 2;
          if (distance < nearest) {
            nearest = distance;
            cells[i] = id;
          }
        }
      }
    }
  }
  return cells;
}

/** How much of each pixel the second material covers, 0 … 1; about `share` on average. */
function overlayField(
  draw: Random,
  pattern: NonNullable<Cover['overlay']>['pattern'],
  scale: number,
  share: number,
): Float32Array {
  const field = new Float32Array(pixels);
  if (pattern === 'rows') {
    const angle = draw.next() * Math.PI;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    for (let i = 0; i < pixels; i++) {
      const along = Math.floor(i / patchPixels) * cos + (i % patchPixels) * sin;
      field[i] = Math.min(1, share * (1 + Math.cos((2 * Math.PI * along) / scale)));
    }
    return field;
  }
  const noise = smoothNoise(draw, scale);
  const level = quantile(noise, 1 - share);
  const sharpness = pattern === 'crowns' ? 12 : 5;
  for (let i = 0; i < pixels; i++) field[i] = 1 / (1 + Math.exp(-sharpness * 4 * (noise[i] - level)));
  return field;
}

/** The value below which a share of a field lies. */
function quantile(field: Float32Array, share: number): number {
  const sorted = Float32Array.from({ length: 1000 }, (_, i) => field[Math.floor((i / 1000) * field.length)]).sort();
  return sorted[Math.min(999, Math.floor(share * 1000))];
}

/** Noise in 0 … 1 that changes smoothly over `scale` pixels. */
function smoothNoise(draw: Random, scale: number): Float32Array {
  const nodes = Math.ceil(patchPixels / scale) + 2;
  const lattice = Float32Array.from({ length: nodes * nodes }, () => draw.next());
  const weight = Float64Array.from({ length: patchPixels }, (_, i) => {
    const t = (i / scale) % 1;
    return t * t * (3 - 2 * t);
  });
  const field = new Float32Array(pixels);
  for (let y = 0, i = 0; y < patchPixels; y++) {
    const row = Math.floor(y / scale) * nodes;
    for (let x = 0; x < patchPixels; x++, i++) {
      const at = row + Math.floor(x / scale);
      const above = lattice[at] + weight[x] * (lattice[at + 1] - lattice[at]);
      const below = lattice[at + nodes] + weight[x] * (lattice[at + nodes + 1] - lattice[at + nodes]);
      field[i] = above + weight[y] * (below - above);
    }
  }
  return field;
}

/** Illumination, haze and the noise of the sensor. */
function observe(scene: Scene, draw: Random, reflectance: Float32Array): void {
  for (let band = 0, i = 0; band < bandCount; band++) {
    for (let k = 0; k < pixels; k++, i++) {
      const noise = draw.next() + draw.next() + draw.next() - 1.5;
      const value = reflectance[i] * scene.gain[band] + scene.haze[band];
      reflectance[i] = value + noise * (12 + 0.015 * value);
    }
  }
}

function pick<T extends string>(draw: Random, odds: readonly (readonly [T, number])[]): T {
  let left = draw.next() * odds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of odds) {
    left -= weight;
    if (left < 0) return value;
  }
  return odds[odds.length - 1][0];
}

/**
 * One band at its own resolution: the mean of the 10 m pixels below, as whole numbers. Never 0, which means nodata.
 *
 * @param reflectance all bands at 10 m
 * @param band position of the band
 * @param factor 10 m pixels along an edge of one pixel: 1, 2 or 6
 */
export function bandAt(reflectance: Float32Array, band: number, factor: number): Uint16Array {
  const size = patchPixels / factor;
  const out = new Uint16Array(size * size);
  const start = band * pixels;
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      let sum = 0;
      for (let dy = 0; dy < factor; dy++) {
        const row = start + (y * factor + dy) * patchPixels + x * factor;
        for (let dx = 0; dx < factor; dx++) sum += reflectance[row + dx];
      }
      out[i] = Math.min(20000, Math.max(1, Math.round(sum / (factor * factor))));
    }
  }
  return out;
}
