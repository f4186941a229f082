import { fastLimit, zooOnTorch } from './onTorch.js';

await zooOnTorch({ min: fastLimit + 1 });
