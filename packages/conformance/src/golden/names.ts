import type { NetworkCase } from './files.js';

/**
 * A network file with the layer names of this library.
 *
 * @param file the file, its tensors and taps named as where it comes from
 * @param layerOf the path here of a layer or tap in the file; names stay when absent
 */
export function inOurNames(file: NetworkCase, layerOf: ((name: string) => string) | undefined): NetworkCase {
  if (layerOf === undefined) return file;
  const weight = (path: string): string => {
    const end = path.lastIndexOf('/');
    return `${layerOf(path.slice(0, end))}${path.slice(end)}`;
  };
  const { tensors, inference, train } = file;
  return {
    ...file,
    tensors: tensors.map((tensor) => ({ ...tensor, path: weight(tensor.path) })),
    inference: { ...inference, taps: withKeys(inference.taps ?? {}, layerOf) },
    ...(train === undefined
      ? {}
      : {
          train: {
            ...train,
            gradL2: withKeys(train.gradL2, weight),
            zeroByConstruction: train.zeroByConstruction.map(weight),
            updated: withKeys(train.updated, weight),
            ...(train.batchNorm && { batchNorm: { ...train.batchNorm, path: layerOf(train.batchNorm.path) } }),
          },
        }),
  };
}

function withKeys<T>(record: Readonly<Record<string, T>>, rename: (key: string) => string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [rename(key), value]));
}
