import { pretrainSchema } from './denseSchemas.js';
import type { ConfigLayout } from './layout.js';
import { impliedTraining } from './train.js';

/** The configuration of `lulc pretrain`. */
export const pretrainLayout: ConfigLayout<typeof pretrainSchema> = {
  name: 'pretrain',
  schema: pretrainSchema,
  impliedNames: { 'network.encoder.family': 'resnet', 'network.decoder.name': 'deeplabv3plus', ...impliedTraining },
  example: `data:
  path: \${LULC_DATA:-../shared/data}/s2-india
  format: folder
  storedBands: rgbn
network:
  encoder: { family: resnet, depth: 18, outputStride: 16 }
  decoder: { name: deeplabv3plus, width: 64 }
  inputSize: 112
method: { name: glcnet }
training:
  epochs: 100
  batchSize: 32
output: runs/india-glcnet`,
};
