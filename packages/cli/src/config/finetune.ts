import { LulcError } from '@lulc/core';
import { finetuneSchema } from './denseSchemas.js';
import type { ConfigLayout } from './layout.js';
import { impliedTraining } from './train.js';

/** The configuration of `lulc finetune`. */
export const finetuneLayout: ConfigLayout<typeof finetuneSchema> = {
  name: 'finetune',
  schema: finetuneSchema,
  impliedNames: {
    'network.encoder.family': 'resnet',
    'network.decoder.name': 'deeplabv3plus',
    'training.loss.name': 'cross-entropy',
    ...impliedTraining,
  },
  example: `data:
  path: \${LULC_DATA:-../shared/data}/s2-india
  storedBands: rgbn
  classes: { built-up: 1, vegetation: 2, water: 3 }
  ignore: 0
  fraction: 0.01
network:
  inputSize: 128
transfer:
  from: runs/india-glcnet/model
training:
  epochs: 60
  batchSize: 16
  minimumSteps: 600
output: runs/india-glcnet-1`,
  refuse: ({ transfer, network }, where) => {
    if (typeof transfer !== 'object' || transfer === null) return;
    if (typeof network !== 'object' || network === null || !('encoder' in network || 'decoder' in network)) return;
    throw new LulcError('invalid-argument', "'transfer' and 'network' both say which network is trained", {
      where,
      hint: 'Leave network.encoder and network.decoder out: they are those of the pre-trained model.',
    });
  },
};
