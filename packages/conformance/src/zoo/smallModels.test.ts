import { listModels } from '@lulc/model-zoo';
import { fastLimit, zooOnTorch } from './onTorch.js';

await zooOnTorch(listModels({ parameters: { max: fastLimit } }).map(({ name }) => name));
