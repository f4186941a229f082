import { fastLimit, zooOnTorch } from './onTorch.js';

await zooOnTorch({ max: fastLimit });
