import {
  fromFloat16,
  type ImageArray,
  imageScene,
  LulcError,
  type Normalization,
  normalizeImage,
  resolveNormalization,
  sha256,
  toFloat16,
  weightArrays,
  writeSafetensors,
} from '@lulc/core';
import {
  ensemblePredictor,
  type ModelPredictor,
  type SegmentationDataset,
  type Strip,
  slidingWindow,
  type TileNetwork,
  type WindowOptions,
} from '@lulc/core/segmentation';
import type { TeacherMaps } from './teacherMaps.js';
import { softChannelsOf } from './teacherRows.js';

/** Options of {@link cacheTeacherMaps}; those of the window say how tiles slide and whether they are mirrored. */
export interface CacheTeacherMapsOptions extends Omit<WindowOptions, 'network'> {
  /** The samples to be taught with; their masks are not looked at. */
  readonly dataset: SegmentationDataset;
  /** The teacher: a network, or several whose logits are averaged. */
  readonly networks: TileNetwork | readonly TileNetwork[];
  /** How the networks' images were brought to numbers, one entry per band. */
  readonly normalization: Normalization;
  /**
   * Which of the networks says something of a sample; `undefined`: all of them. Give {@link outOfFold} of the networks'
   * cross-validation, so that no network is asked about what it was trained on. Default: always all.
   */
  readonly foldOf?: (id: string) => number | undefined;
  /** Where the maps are kept. What it already has of this teacher is not made again. */
  readonly store: TeacherMaps;
  /** Value that means "no data": pixels that have it in every band are not taught. Default 0; `undefined`: all are. */
  readonly nodata?: number | undefined;
  /** Name of the networks, which tells them from others. Needed for functions; models are told apart by their weights. */
  readonly teacher?: string;
  /**
   * Told after each sample.
   *
   * @param done samples so far
   * @param total samples of the dataset
   */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@link cacheTeacherMaps} did. */
export interface CachedTeacherMaps {
  /** Maps that were made. */
  readonly made: number;
  /** Maps that were there. */
  readonly kept: number;
}

/** Those who are asked about a sample. */
interface Asked {
  readonly teacher: string;
  readonly predictor: ModelPredictor;
}

/**
 * Asks a teacher about every sample once and keeps the answers, so that students are taught without it. Maps that are there are
 * kept: an interrupted run goes on. A map of another teacher (other weights, normalisation, window or fold) is refused.
 *
 * @param options dataset, teacher and store
 * @throws LulcError `incompatible` when the store has another teacher's map of a sample; `invalid-argument` for a fold there is
 *   not, or functions without the option `teacher`; `shape-mismatch` when networks have other classes than the dataset; as
 *   `slidingWindow`, the dataset and the store do; `aborted` by the signal
 * @example
 * ```ts
 * // not run: needs chips and networks
 * import { cacheTeacherMaps, memoryTeacherMaps, outOfFold, type Split } from '@lulc/cloud-unet-kd';
 * import type { Normalization } from '@lulc/core';
 * import type { SegmentationDataset } from '@lulc/core/segmentation';
 * import type { LayersModel } from '@tensorflow/tfjs-layers';
 *
 * async function ask(dataset: SegmentationDataset, networks: LayersModel[], splits: Split[], normalization: Normalization) {
 *   const store = memoryTeacherMaps();
 *   const mirror = ['horizontal', 'vertical'] as const;
 *   await cacheTeacherMaps({ dataset, networks, foldOf: outOfFold(splits), normalization, mirror, store });
 *   return store;
 * }
 * ```
 */
export async function cacheTeacherMaps(options: CacheTeacherMapsOptions): Promise<CachedTeacherMaps> {
  const { dataset, networks, foldOf = () => undefined, store, onProgress, signal } = options;
  const members = [networks].flat();
  const names = await Promise.all(members.map((network, i) => nameOf(network, i, options.teacher)));
  const everyone = names.map((_, i) => i);
  const asked = new Map<number | undefined, Asked>();
  const askedAbout = async (id: string): Promise<Asked> => {
    const fold = foldOf(id);
    const known = asked.get(fold);
    if (known !== undefined) return known;
    if (fold !== undefined && members[fold] === undefined) {
      throw new LulcError('invalid-argument', `there is no network of fold ${fold}`, {
        where: { networks: members.length, sample: id },
      });
    }
    const who = fold === undefined ? everyone : [fold];
    const made = {
      teacher: await fingerprintOf(
        who.map((i) => names[i]),
        options,
      ),
      predictor: ensemblePredictor(who.map((i) => members[i])),
    };
    asked.set(fold, made);
    return made;
  };
  /** Whether there is a map of this teacher already. */
  const isKept = async (id: string): Promise<boolean> => {
    const [found, { teacher }] = [await store.teacherOf(id), await askedAbout(id)];
    if (found !== undefined && found !== teacher) {
      throw new LulcError('incompatible', "there is another teacher's map of a sample", {
        where: { maps: store.location, sample: id },
        hint: 'Weights, normalisation, window or fold differ. Keep the maps of this teacher in another place.',
      });
    }
    return found !== undefined;
  };
  let kept = 0;
  try {
    for (let index = 0; index < dataset.length; index++) {
      if (signal?.aborted) throw new LulcError('aborted', 'making teacher maps was aborted');
      const early = dataset.meta?.(index).id;
      if (early !== undefined && (await isKept(early))) kept++;
      else {
        const { image, meta } = await dataset.get(index);
        if (early === undefined && (await isKept(meta.id))) kept++;
        else {
          const { teacher, predictor } = await askedAbout(meta.id);
          await store.save(meta.id, { teacher, map: await teacherMap(image, predictor, options) });
        }
      }
      onProgress?.(index + 1, dataset.length);
    }
  } finally {
    for (const { predictor } of asked.values()) predictor.dispose();
  }
  return { made: dataset.length - kept, kept };
}

async function nameOf(network: TileNetwork, index: number, teacher: string | undefined): Promise<string> {
  if (teacher !== undefined) return `${teacher} ${index}`;
  const digest =
    typeof network === 'function' ? undefined : await sha256(writeSafetensors(await weightArrays(network)));
  if (digest !== undefined) return digest;
  throw new LulcError('invalid-argument', 'the networks cannot be told from others', {
    where: { network: index },
    hint: 'Name them by the option teacher.',
  });
}

/** Everything on which a map depends beside the image. */
async function fingerprintOf(members: readonly string[], options: CacheTeacherMapsOptions): Promise<string> {
  const { normalization, tile, overlap, importance, placement, mirror = [] } = options;
  const nodata = nodataOf(options);
  const facts = JSON.stringify({ members, normalization, tile, overlap, importance, placement, mirror, nodata });
  return (await sha256(new TextEncoder().encode(facts))) ?? facts;
}

const nodataOf = (options: CacheTeacherMapsOptions): number | undefined => ('nodata' in options ? options.nodata : 0);

async function teacherMap(
  image: ImageArray,
  { predict, tile }: ModelPredictor,
  options: CacheTeacherMapsOptions,
): Promise<ImageArray> {
  const { dataset, normalization, overlap, importance, placement, mirror, batchSize, signal } = options;
  const { bands, classes } = dataset.info;
  const nodata = nodataOf(options);
  const [height, width] = image.shape;
  const scene = imageScene(image, { bands, ...(nodata !== undefined && { nodata }) });
  const resolved = resolveNormalization(normalization, image);
  const channels = softChannelsOf(classes.length);
  const soft = new Float32Array(height * width * channels);
  const { valid } = await scene.read({ top: 0, left: 0, rows: height, columns: width });
  await slidingWindow({
    network: predict,
    tile: options.tile ?? tile,
    size: [height, width],
    read: async (window) => normalizeImage((await scene.read(window)).image, resolved),
    write: (strip) => {
      if (strip.classes !== classes.length) {
        throw new LulcError('shape-mismatch', `the teacher has ${strip.classes} classes, the data ${classes.length}`, {
          where: { dataset: dataset.info.name },
        });
      }
      const from = strip.top * width;
      const to = from + strip.rows * width;
      writeSoft(strip, valid.subarray(from, to), soft.subarray(from * channels, to * channels));
    },
    overlap,
    importance,
    placement,
    mirror,
    batchSize,
    signal,
  });
  return { data: soft, shape: [height, width, channels] };
}

/** The least number above 0 in half precision: what says "undecided" where 0 would say "nothing". */
const almostZero = fromFloat16(1);
/** The greatest. */
const most = fromFloat16(0x7bff);

/** Logits, or of two classes their difference, within half precision and never 0 where there are data. */
function writeSoft({ values, classes }: Strip, valid: Uint8Array, soft: Float32Array): void {
  const channels = softChannelsOf(classes);
  for (let pixel = 0; pixel < valid.length; pixel++) {
    if (valid[pixel] === 0) continue;
    let saysSomething = false;
    for (let c = 0; c < channels; c++) {
      const at = pixel * classes + c;
      const value = channels === 1 ? values[at + 1] - values[at] : values[at];
      const stored = fromFloat16(toFloat16(Math.min(most, Math.max(-most, value))));
      soft[pixel * channels + c] = stored;
      saysSomething ||= stored !== 0;
    }
    if (!saysSomething) soft[pixel * channels] = almostZero;
  }
}
