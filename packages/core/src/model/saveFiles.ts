import { io } from '@tensorflow/tfjs-core';
import { isLulcError, LulcError } from '../errors/lulcError.js';
import type { NewFile } from './fileStore.js';
import type { NetworkOptions, SavedModel } from './formats.js';
import { fetchWith } from './httpStore.js';
import type { ModelLocation } from './location.js';
import { type Artifacts, encodeTfjs, ownWeightFiles } from './tfjsFormat.js';
import { sha256 } from './weightArray.js';

/** Where files of a model can be written, as opposed to a storage of TensorFlow.js. */
export type FileLocation = Extract<ModelLocation, { readonly kind: 'files' }>;

/** Writes a model in a layout of TensorFlow.js: files, one request to a server, or a storage of TensorFlow.js. */
export async function saveArtifacts(
  location: ModelLocation,
  format: 'tfjs' | 'graph',
  artifacts: Artifacts,
  options: NetworkOptions,
): Promise<SavedModel> {
  if (location.kind === 'handler') {
    return saveByHandler(location.url, io.getSaveHandlers(location.url)[0], format, artifacts);
  }
  if (location.url !== undefined) {
    const fetchFunc = fetchWith(options);
    const handler = io.browserHTTPRequest(location.url.href, { requestInit: options.requestInit, fetchFunc });
    return saveByHandler(location.store.location, handler, format, artifacts);
  }
  const { main, others } = await encodeTfjs(artifacts);
  return saveFiles(location, format, main, others);
}

/** Replaces what is there at one instant, and removes the weight files that nothing refers to any more. */
export async function saveFiles(
  { store }: FileLocation,
  format: SavedModel['format'],
  main: NewFile,
  others: readonly NewFile[],
): Promise<SavedModel> {
  const name = store.main ?? main.name;
  const kept = new Set(others.map((file) => file.name));
  const stale = format === 'safetensors' ? [] : (await ownWeightFiles(store, name)).filter((file) => !kept.has(file));
  await store.replace({ ...main, name }, others, stale);
  return {
    format,
    files: [{ ...main, name }, ...others].map((file) => ({ name: file.name, bytes: file.bytes.byteLength })),
    sha256: await sha256(main.bytes),
  };
}

async function saveByHandler(
  url: string,
  handler: io.IOHandler | undefined,
  format: SavedModel['format'],
  artifacts: Artifacts,
): Promise<SavedModel> {
  if (handler?.save === undefined) {
    throw new LulcError('unavailable', 'nothing here can save a model to this place', { where: { url } });
  }
  try {
    await handler.save(artifacts);
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    throw new LulcError('unavailable', `the model cannot be saved: ${(cause as Error).message}`, {
      where: { url },
      cause,
    });
  }
  return { format, files: [{ name: url, bytes: artifacts.weightData.byteLength }], sha256: undefined };
}
