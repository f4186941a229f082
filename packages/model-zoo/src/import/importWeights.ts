import {
  type BandOptions,
  bandAdapter,
  LulcError,
  loadWeights,
  type ModelCard,
  type ReadFileOptions,
  readCard,
  unknownName,
  type WeightArray,
  type WeightMismatch,
  writeCard,
} from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Assigned, type Match, matchByName, matchByOrder } from './match.js';
import type { SharedFamily } from './names/tables.js';
import { type Origin, origins, type Settings, type WeightOrigin, type ZooEra, zooBands } from './origins.js';
import { type ForeignFormat, type ForeignSource, type OpenedSource, openSource } from './source.js';
import { type Target, targetOf } from './target.js';

/** Options of {@link importWeights}. */
export interface ImportOptions extends ReadFileOptions {
  /**
   * Where the weights come from: which names they have and, unless `bands` says so, in which order their bands are. By
   * default told from format and names, as far as they differ: `reben` and `torchgeo` have timm's names, but band orders of
   * their own, and must be named.
   */
  readonly from?: WeightOrigin;
  /**
   * Bands of the weights in channel order. Default: the order of the origin for this number of bands; else that of the
   * model, where it has as many.
   */
  readonly bands?: readonly string[];
  /** For `bigearthnet-zoo`: `'zoo'` (default), the published checkpoints; `'head'`, the published code of 2022. */
  readonly era?: ZooEra;
  /** What becomes of bands that the weights do not know, as in `adaptBands` of `@lulc/core`. */
  readonly adapt?: BandOptions;
  /**
   * Demand that every weight of the model but those of its head is given, that every given weight has a place, and that the
   * network is built as that of the origin is; else change nothing and throw. Default true.
   */
  readonly strict?: boolean;
}

/** A weight that was not taken. */
export interface SkippedWeight {
  /** Its name in the file. */
  readonly name: string;
  /** Why. */
  readonly reason: string;
}

/** What became of the weights. */
export interface ImportReport {
  /** Kind of file. */
  readonly format: ForeignFormat;
  /** Where the weights come from, as given or told from their names. */
  readonly from: WeightOrigin;
  /** Weight paths that were set. */
  readonly loaded: readonly string[];
  /** Weights of the file without a place in the model: counters, hidden layers of another head, a head for other classes. */
  readonly skipped: readonly SkippedWeight[];
  /** Weight paths that the file has nothing for; their values stay. */
  readonly missing: readonly string[];
  /** Weights of another shape; their values stay. */
  readonly mismatched: readonly WeightMismatch[];
  /** Bands of the file in channel order, where known; the model keeps its own. */
  readonly bands: readonly string[] | undefined;
  /** What to know before relying on the model. */
  readonly warnings: readonly string[];
}

const head = /^head\//;
const unnamedBand = /^band \d+$/;
const unnamedClass = /^class \d+$/;

/**
 * Gives a model the weights that another tool trained: PyTorch's (timm, torchvision, torchgeo, reBEN) from safetensors files,
 * those of `keras.applications` from H5 files, and checkpoints of the published BigEarthNet zoo.
 *
 * Names are translated, axes reordered, input bands sorted by their names to the order in the model's card, and output classes
 * sorted where the origin orders them otherwise. A head for another number of classes is left out. Files are not
 * trusted: their readers are bounded, and nothing is changed unless all fits.
 *
 * @param model a model of this library's families, built with the settings of the origin (see the guide on importing
 *   weights); changed in place. Its card takes over the names of bands where it has only numbers
 * @param source file, address, bytes or arrays
 * @param options origin, bands, strictness
 * @returns what was loaded and what was not
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, `network`; `incompatible` when strict and something does
 *   not fit, saying what, or when no names are known; `invalid-argument` for a model without a card
 * @example
 * ```ts
 * import { resNet } from '@lulc/cnn-baselines';
 * import { useEngine, writeSafetensors } from '@lulc/core';
 * import { importWeights } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const model = resNet({ depth: 18, style: 'torchvision', bands: 3, classes: 19, inputSize: 64 });
 * // A file as safetensors.torch.save_file(network.state_dict(), 'resnet18.safetensors') makes it, but with one weight.
 * const weight = { dtype: 'float32', shape: [64], data: new Float32Array(64) } as const;
 * const file = writeSafetensors(new Map([['bn1.bias', weight]]));
 * const { from, loaded } = await importWeights(model, file, { strict: false });
 * console.log(from, loaded); // torchvision ['stem/bn/beta']
 * ```
 */
export async function importWeights(
  model: LayersModel,
  source: ForeignSource,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const card = readCard(model);
  if (card === undefined) {
    throw new LulcError('invalid-argument', 'the model has no card: its family and bands are not known', {
      where: { model: model.name },
      hint: 'Build it with a builder of this library.',
    });
  }
  if (options.from !== undefined && !Object.hasOwn(origins, options.from)) {
    throw unknownName('origin of weights', options.from, Object.keys(origins), { option: 'from' });
  }
  const opened = await openSource(source, options);
  const target = targetOf(model);
  const { from, match } = bestMatch(opened, card, target, options.from);
  const origin: Origin = origins[from];
  const bands = bandsOf(match.assigned, card, target, origin, from, options);
  const fitted = fit(model, match.assigned, { card, target, origin, bands, adapt: options.adapt });
  const different = differingSettings(card, origin);
  const report: ImportReport = {
    format: opened.format,
    from,
    loaded: [...fitted.arrays.keys()],
    skipped: [
      ...match.without.map((name) => ({ name, reason: 'the network here has no such layer' })),
      ...fitted.skipped,
    ],
    missing: [...target.shapes.keys()].filter((path) => !match.assigned.has(path) && !head.test(path)),
    mismatched: fitted.mismatched,
    bands,
    warnings: [...different, ...fitted.warnings, ...normalisationIn(match.without, opened)],
  };
  if (options.strict ?? true) refuseMisfit(model, report, match.unknown, different);
  loadWeights(model, fitted.arrays, { strict: false });
  if (bands?.length === card.bands.length && card.bands.every((band) => unnamedBand.test(band))) {
    writeCard(model, { ...card, bands });
  }
  return {
    ...report,
    skipped: [...report.skipped, ...match.unknown.map((name) => ({ name, reason: 'its name is not known' }))],
  };
}

/** Tries the origins that a file can be from; the one that knows most names counts, the first of equals. */
function bestMatch(
  opened: OpenedSource,
  card: ModelCard,
  target: Target,
  from: WeightOrigin | undefined,
): { from: WeightOrigin; match: Match } {
  const candidates = from === undefined ? candidatesOf(opened.format) : [from];
  const matches = candidates.flatMap((name) => {
    const match = matchFrom(name, opened, card, target);
    return match === undefined ? [] : [{ from: name, match }];
  });
  const best = matches.reduce<(typeof matches)[number] | undefined>(
    (found, other) => (found === undefined || other.match.assigned.size > found.match.assigned.size ? other : found),
    undefined,
  );
  if (best === undefined) {
    throw new LulcError(
      'incompatible',
      `weights of ${candidates.join(', ')} cannot be imported into '${card.family}'`,
      {
        where: { family: card.family },
        hint: 'See the table of what works in the guide on importing weights.',
      },
    );
  }
  if (best.match.assigned.size === 0) {
    throw new LulcError('incompatible', `no weight has a name as in ${candidates.join(', ')}`, {
      where: { family: card.family, found: some([...opened.tensors.keys()]) },
      hint: 'Is it a network of this family?',
    });
  }
  return best;
}

function candidatesOf(format: ForeignFormat): readonly WeightOrigin[] {
  const byFormat = {
    safetensors: ['torchvision', 'timm', 'nnunet'],
    h5: ['keras'],
    checkpoint: ['bigearthnet-zoo'],
    arrays: ['torchvision', 'timm', 'nnunet', 'keras', 'bigearthnet-zoo'],
  } as const satisfies Record<ForeignFormat, readonly WeightOrigin[]>;
  return byFormat[format];
}

function matchFrom(
  from: WeightOrigin,
  { tensors, variableNames }: OpenedSource,
  card: ModelCard,
  target: Target,
): Match | undefined {
  const { dialect, names } = origins[from];
  const tables = names(card.configuration);
  const table = Object.hasOwn(tables, card.family) ? tables[card.family as SharedFamily] : undefined;
  if (from !== 'bigearthnet-zoo') return table && matchByName(tensors, table, dialect, target);
  // Networks of keras.applications have names of their own; the benchmark's are known by the order of their layers.
  if (table === undefined) return matchByOrder(tensors, target);
  const named = [...tensors].map(([key, array]) => [variableNames?.get(key) ?? key, array] as const);
  return matchByName(new Map(named), table, dialect, target);
}

/** Bands of the weights, by the number of them that the first kernel has. */
function bandsOf(
  assigned: ReadonlyMap<string, Assigned>,
  card: ModelCard,
  target: Target,
  origin: Origin,
  from: WeightOrigin,
  { bands, era = 'zoo' }: ImportOptions,
): readonly string[] | undefined {
  const stem = [...target.shapes.keys()].find((path) => path.endsWith('/kernel')) as string;
  const wanted = target.shapes.get(stem) as readonly number[];
  const given = assigned.get(stem)?.array.shape;
  if (given === undefined || given.length !== wanted.length) return bands;
  const axis = given.length - 2;
  const count = (given[axis] * card.bands.length) / wanted[axis];
  if (bands !== undefined) {
    if (bands.length === count) return bands;
    throw new LulcError('incompatible', `${bands.length} bands are named, the weights have ${count}`, {
      where: { option: 'bands', weight: (assigned.get(stem) as Assigned).from },
    });
  }
  const orders = from === 'bigearthnet-zoo' ? zooBands[era] : origin.bands;
  if (orders === undefined) throw unknownName('era', era, Object.keys(zooBands), { option: 'era' });
  const known = orders[count] as readonly string[] | undefined;
  const shares = known?.some((band) => card.bands.includes(band)) ?? false;
  const isUnnamed = card.bands.every((band) => unnamedBand.test(band));
  if (known !== undefined && (shares || (isUnnamed && count === card.bands.length))) return known;
  if (count === card.bands.length) return card.bands;
  throw new LulcError('incompatible', `the weights have ${count} bands, whose names are not known`, {
    where: { weight: (assigned.get(stem) as Assigned).from, model: card.bands.join(', ') },
    hint: "Name them in channel order with the option 'bands'.",
  });
}

interface Fit {
  readonly card: ModelCard;
  readonly target: Target;
  readonly origin: Origin;
  readonly bands: readonly string[] | undefined;
  readonly adapt: BandOptions | undefined;
}

/** Brings bands and classes into the order of the model, and sorts out what has another shape. */
function fit(model: LayersModel, assigned: ReadonlyMap<string, Assigned>, { card, target, origin, bands, adapt }: Fit) {
  const arrays = new Map<string, WeightArray>();
  const mismatched: WeightMismatch[] = [];
  const skipped: SkippedWeight[] = [];
  const warnings: string[] = [];
  const sameBands = bands === undefined || bands.join() === card.bands.join();
  const isUnnamed = card.bands.every((band) => unnamedBand.test(band)) && bands?.length === card.bands.length;
  const adapter = sameBands || isUnnamed ? undefined : bandAdapter(bands, card.bands, adapt);
  const classOrder = origin.sortsClasses ? sortedPlaces(card.classes) : undefined;
  for (const [path, { from, array }] of assigned) {
    const shape = target.shapes.get(path) as readonly number[];
    const adapted = adapter?.({ path, given: array, shape, model }) ?? array;
    if (`${adapted.shape}` !== `${shape}`) {
      if (head.test(path)) skipped.push({ name: from, reason: `the head of the model has the shape [${shape}]` });
      else mismatched.push({ path, expected: `[${shape}]`, found: `[${adapted.shape}]` });
    } else if (head.test(path) && classOrder !== undefined) arrays.set(path, columns(adapted, classOrder));
    else arrays.set(path, adapted);
  }
  if (origin.sortsClasses && arrays.has('head/kernel') && classOrder === undefined) {
    warnings.push('the classes are in alphabetical order: the card of the model does not name its classes');
  }
  return { arrays, mismatched, skipped, warnings };
}

/** Place of each class in alphabetical order; nothing when classes have no names. */
function sortedPlaces(classes: readonly string[]): readonly number[] | undefined {
  if (classes.some((name) => unnamedClass.test(name))) return undefined;
  const sorted = [...classes].sort();
  return classes.map((name) => sorted.indexOf(name));
}

/** An array with the entries of its last axis in another order. */
function columns(array: WeightArray, places: readonly number[]): WeightArray {
  const { data } = array;
  const count = places.length;
  const result = data.slice();
  for (let i = 0; i < result.length; i++) result[i] = data[i - (i % count) + places[i % count]];
  return { ...array, data: result };
}

/** What of the model's configuration makes it compute something else than the network of the origin. */
function differingSettings({ family, configuration }: ModelCard, { settings }: Origin): string[] {
  const wrong = (settings[family] ?? []).map((wanted: Settings) =>
    Object.entries(wanted).filter(([option, value]) => !isSame(configuration[option], value)),
  );
  const least = wrong.sort((a, b) => a.length - b.length)[0] ?? [];
  return least.map(([option, value]) => {
    const own = JSON.stringify(configuration[option]) ?? 'nothing';
    return `the model was built with ${option}: ${own}, the weights were made with ${JSON.stringify(value)}`;
  });
}

/** Keras' networks can hold the statistics that images are standardised by, which belong to the data here. */
function normalisationIn(names: readonly string[], { tensors }: OpenedSource): string[] {
  const neutral: Readonly<Record<string, number>> = { mean: 0, 0: 0, variance: 1, 1: 1 };
  const acts = names.filter((name) => {
    const [, role] = /^(?:.*\/)?normalization(?:_\d+)?\/(\w+)$/.exec(name) ?? [];
    return role in neutral && tensors.get(name)?.data.some((value) => Math.abs(value - neutral[role]) > 1e-6);
  });
  return acts.map(
    (name) => `the network there standardises images by '${name}', which has no place here: scale them so`,
  );
}

function isSame(own: unknown, wanted: unknown): boolean {
  if (typeof own !== 'number' || typeof wanted !== 'number') return own === wanted;
  return Math.abs(own - wanted) <= 0.01 * Math.abs(wanted);
}

function refuseMisfit(
  model: LayersModel,
  { loaded, missing, mismatched }: ImportReport,
  unknown: readonly string[],
  different: readonly string[],
): void {
  const list = (what: string, entries: readonly string[]) =>
    entries.length === 0 ? [] : [`${entries.length} ${what} (${some(entries)})`];
  const problems = [
    ...list('missing', missing),
    ...list('without a place', unknown),
    ...list(
      'of another shape',
      mismatched.map(({ path, expected, found }) => `${path} ${expected} from ${found}`),
    ),
    ...different,
  ];
  if (problems.length === 0) return;
  throw new LulcError('incompatible', `the weights do not fit the model: ${problems.join('; ')}`, {
    where: { model: model.name, fitting: loaded.length },
    hint: 'Build the model as the guide on importing weights says, or pass strict: false to take what fits.',
  });
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
}
