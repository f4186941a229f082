import { LulcError } from '@lulc/core';
import type { ConfigLayout } from './layout.js';
import { configSchema } from './schema.js';

/** What a group of training settings is when it has options but does not say of what. */
export const impliedTraining = {
  'training.optimizer.name': 'adamw',
  'training.schedule.name': 'cosine',
};

/** The configuration of `lulc train`. */
export const trainLayout: ConfigLayout<typeof configSchema> = {
  name: 'train',
  schema: configSchema,
  impliedNames: { 'model.family': 'wrn-eca', ...impliedTraining },
  example: `data:
  path: \${LULC_DATA:-../shared/data}/eurosat-rgb
model:
  family: wrn-eca
  preset: B0
  inputSize: 64
training:
  epochs: 30
  learningRate: 2.0e-3
  optimizer: { name: adamw, weightDecay: 0.05 }
  schedule: { name: cosine, warmup: 2 }
output: runs/eurosat-rgb`,
  refuse: ({ transfer, model }, where) => {
    if (typeof transfer !== 'object' || transfer === null || model === undefined) return;
    throw new LulcError('invalid-argument', "'transfer' and 'model' both say which network is trained", {
      where,
      hint: 'Leave model out: the network is that of the pre-trained model.',
    });
  },
};
