import type { DataType } from '@tensorflow/tfjs-core';

/** The part of a saved layer's configuration that belongs to TF.js' own `Layer`. */
export interface BaseLayerConfig {
  readonly name?: string;
  readonly trainable?: boolean;
  readonly dtype?: DataType;
  readonly batchInputShape?: (number | null)[];
  readonly customObjects?: unknown;
}

/**
 * Parts a layer's configuration: what TF.js' `Layer` takes, and the layer's own options. A saved configuration holds
 * both; passing the first on keeps a frozen layer frozen when it is loaded. What TF.js adds on loading is dropped.
 */
export function splitConfig<Own extends object>(config: Own & BaseLayerConfig): { base: BaseLayerConfig; own: Own } {
  const { name, trainable, dtype, batchInputShape, customObjects: _, ...own } = config;
  return { base: { name, trainable, dtype, batchInputShape }, own: own as unknown as Own };
}
