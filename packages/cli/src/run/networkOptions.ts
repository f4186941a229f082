import type { DenseNetworkOptions } from '@lulc/model-zoo';
import type { PretrainConfig } from '../config/denseSchemas.js';

/**
 * The network of a configuration as its builders want it. The schema has checked that the options are those of the
 * family, which the types of the two unions cannot say.
 *
 * @param network the settings
 */
export function networkOptions({
  encoder: { family, ...encoder },
  decoder,
  inputSize,
}: PretrainConfig['network']): DenseNetworkOptions {
  const named = typeof decoder === 'string' ? { name: decoder } : decoder;
  return { family, encoder, decoder: named, inputSize } as DenseNetworkOptions;
}
