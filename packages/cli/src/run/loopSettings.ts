import type { LoopOptions } from '@lulc/core';
import type { Config } from '../config/config.js';

type Loop = Pick<Config['training'], 'epochs' | 'learningRate' | 'optimizer' | 'schedule' | 'accumulate' | 'clip'> &
  Partial<
    Pick<
      Config['training'],
      'ema' | 'validateEvery' | 'monitor' | 'earlyStopping' | 'layerDecay' | 'layerRates' | 'restoreBest'
    >
  >;

/**
 * What the settings of a training say about its loop.
 *
 * @param training the settings of any training
 */
export function loopSettings(training: Loop): LoopOptions & Pick<Loop, 'layerDecay' | 'layerRates'> {
  const { epochs, learningRate, optimizer, schedule, accumulate, clip, ema, validateEvery } = training;
  const { monitor, earlyStopping, layerDecay, layerRates, restoreBest } = training;
  const given = { clip, ema, validateEvery, monitor, earlyStopping, layerDecay, layerRates, restoreBest };
  return {
    epochs,
    learningRate,
    optimizer,
    schedule,
    accumulate,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}
