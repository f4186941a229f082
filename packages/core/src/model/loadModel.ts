import { io, ready } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { isLulcError, LulcError, type LulcErrorWhere } from '../errors/lulcError.js';
import { cardKey, type ModelCard, parseCard, writeCard } from './card.js';
import type { FileStore } from './fileStore.js';
import type { LoadModelOptions, ModelFormat } from './formats.js';
import { jsonReaders } from './json.js';
import { locate } from './location.js';
import type { ByteBudget, ModelParts } from './modelParts.js';
import { decodeSafetensors, safetensorsMainFile } from './safetensorsFormat.js';
import { decodeTfjs, fromArtifacts, tfjsMainFile } from './tfjsFormat.js';
import { buildModel } from './topology.js';
import { checkSha256, sizeOf, type WeightArray } from './weightArray.js';
import { loadWeights } from './weights.js';

const defaultMaxBytes = 2 ** 32;

/** Where a model can be loaded from: what `saveModel` takes as a target, or the bytes of a safetensors file. */
export type ModelSource = string | URL | Uint8Array;

/** Weights and card of a file, without a model. */
export interface WeightFile {
  /** Arrays by weight path, for {@link loadWeights}. */
  readonly tensors: ReadonlyMap<string, WeightArray>;
  /** The model card; absent when the file has none that can be understood. */
  readonly card: ModelCard | undefined;
}

/**
 * Loads a model with its weights and its card.
 *
 * A file from outside is not trusted: sizes, names, shapes, the graph and the layer classes are checked before anything
 * is built, and file names cannot leave their folder. A missing or damaged card does not prevent loading; it is
 * reported through `onWarning`.
 *
 * @param source a folder or file path (Node), a URL, a browser storage address (see {@link saveModel}), or the bytes of
 * a safetensors file. In a browser a path is taken relative to the page.
 * @returns an uncompiled model with the saved weights
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file` (an unknown layer class, a file without a
 * topology), `network`, `aborted`, `invalid-argument`, `unavailable` (no engine, no such storage)
 * @example
 * ```ts
 * import { layers, sequential } from '@tensorflow/tfjs-layers';
 * import { checkCompatible, createCard, loadModel, modelToBytes, readCard, useEngine, writeCard } from '@lulc/core';
 *
 * await useEngine();
 * const net = sequential({ layers: [layers.dense({ name: 'head', units: 2, inputShape: [1] })] });
 * const facts = { family: 'mine', configuration: {}, task: 'single-label', classes: ['dry', 'wet'], bands: ['B08'] } as const;
 * writeCard(net, createCard(facts));
 *
 * const model = await loadModel(await modelToBytes(net)); // or 'models/net', 'https://…/model.json', 'indexeddb://net'
 * const card = readCard(model);
 * if (card) checkCompatible(card, { bands: ['B08'] });
 * ```
 */
export async function loadModel(source: ModelSource, options: LoadModelOptions = {}): Promise<LayersModel> {
  const { parts, where } = await readParts(source, options);
  if (parts.topology === undefined) {
    throw new LulcError('unsupported-file', 'the file holds weights, but not the topology of their model', {
      where,
      hint: 'Build the model and set its weights: loadWeights(model, (await loadTensors(source)).tensors).',
    });
  }
  const values = [...parts.tensors.values()].reduce((total, { shape }) => total + sizeOf(shape), 0);
  await requireEngine();
  const model = await buildModel(parts.topology, values, where);
  try {
    loadWeights(model, parts.tensors);
    const { [cardKey]: _, ...others } = parts.metadata;
    const read = jsonReaders('metadata', where);
    model.setUserDefinedMetadata(read.map(read.json(1_000_000), 100_000)(others, 'userDefinedMetadata'));
    const card = cardOf(parts, where, options);
    if (card !== undefined) writeCard(model, card);
  } catch (cause) {
    model.dispose();
    if (!isLulcError(cause, 'incompatible')) throw cause;
    throw new LulcError('corrupt-file', 'weights and topology of the file belong to different models', {
      where,
      cause,
    });
  }
  return model;
}

/**
 * Reads the weights of a saved model, or of any safetensors file, without building a model.
 *
 * @param source as for {@link loadModel}
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, `network`, `aborted`, `invalid-argument`
 */
export async function loadTensors(source: ModelSource, options: LoadModelOptions = {}): Promise<WeightFile> {
  const { parts, where } = await readParts(source, options);
  return { tensors: parts.tensors, card: cardOf(parts, where, options) };
}

interface Read {
  readonly parts: ModelParts;
  readonly where: LulcErrorWhere;
}

async function readParts(source: ModelSource, options: LoadModelOptions): Promise<Read> {
  const { onWarning: warn = warnOnConsole, maxBytes = defaultMaxBytes } = options;
  if (!(maxBytes > 0)) throw new LulcError('invalid-argument', `maxBytes must be above 0, got ${maxBytes}`);
  if (typeof source !== 'string' && !(source instanceof URL)) {
    const where = { file: `${source.byteLength} bytes in memory` };
    await checkSha256(source, options.sha256, where, true);
    return { parts: decodeSafetensors(source, where, warn), where };
  }
  const location = locate(source, options.format, options);
  if (location.kind === 'handler') return readByHandler(location.url);
  const { store, format } = location;
  const candidates: readonly ModelFormat[] = format === undefined ? ['tfjs', 'safetensors'] : [format];
  const mainOf = (kind: ModelFormat) => store.main ?? (kind === 'tfjs' ? tfjsMainFile : safetensorsMainFile);
  for (const kind of candidates) {
    try {
      const where = { file: mainOf(kind), in: store.location };
      return { parts: await readFiles(store, mainOf(kind), kind, options, warn), where };
    } catch (error) {
      const isMissing = isLulcError(error, 'missing-file') && error.where.file === mainOf(kind);
      if (!isMissing || candidates.length === 1) throw error;
    }
  }
  throw new LulcError('missing-file', `there is neither ${candidates.map(mainOf).join(' nor ')}`, {
    where: { in: store.location },
  });
}

async function readFiles(
  store: FileStore,
  name: string,
  format: ModelFormat,
  options: LoadModelOptions,
  warn: (warning: LulcError) => void,
): Promise<ModelParts> {
  const budget: ByteBudget = { left: options.maxBytes ?? defaultMaxBytes };
  if (format === 'tfjs') return decodeTfjs(store, name, budget, options.sha256);
  const bytes = await store.read(name, budget.left);
  const where = { file: name, in: store.location };
  await checkSha256(bytes, options.sha256, where, true);
  return decodeSafetensors(bytes, where, warn);
}

async function readByHandler(url: string): Promise<Read> {
  const where = { url };
  const [handler] = io.getLoadHandlers(url);
  if (handler?.load === undefined) {
    throw new LulcError('unavailable', 'nothing here can load a model from this place', { where });
  }
  let artifacts: io.ModelArtifacts;
  try {
    artifacts = await handler.load();
  } catch (cause) {
    throw new LulcError('missing-file', `the model cannot be loaded: ${(cause as Error).message}`, { where, cause });
  }
  return { parts: fromArtifacts(artifacts, where), where };
}

/** Building makes tensors: an engine must be there, and started. */
async function requireEngine(): Promise<void> {
  try {
    await ready();
  } catch (cause) {
    throw new LulcError('unavailable', 'no engine is running', { hint: 'Call await useEngine() first.', cause });
  }
}

function warnOnConsole(warning: LulcError): void {
  console.warn(warning.message);
}

function cardOf(parts: ModelParts, where: LulcErrorWhere, options: LoadModelOptions): ModelCard | undefined {
  const { onWarning: warn = warnOnConsole } = options;
  const stored = parts.metadata[cardKey];
  if (stored === undefined) {
    warn(
      new LulcError('corrupt-file', 'the model has no card: bands and scaling of data cannot be checked against it', {
        where,
      }),
    );
    return undefined;
  }
  try {
    return parseCard(stored, where);
  } catch (cause) {
    if (isLulcError(cause)) warn(cause);
    return undefined;
  }
}
