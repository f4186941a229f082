import { fastLimit, zooOnTorch } from './onTorch.js';
import { slowModels } from './scope.js';

await zooOnTorch(slowModels({ parameters: { min: fastLimit + 1 } }));
