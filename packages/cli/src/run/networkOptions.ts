import type { PretrainConfig } from '../config/denseSchemas.js';

/**
 * The network of a configuration as its builders want it.
 *
 * @param network the settings
 */
export function networkOptions({ encoder: { family, ...encoder }, decoder, inputSize }: PretrainConfig['network']) {
  return { family, encoder, decoder: typeof decoder === 'string' ? { name: decoder } : decoder, inputSize };
}
