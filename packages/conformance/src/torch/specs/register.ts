import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';

// Every backend is called the same, so that names of specs are.
setTestEnvs([{ name: 'engine', backendName: process.argv[2], flags: {}, isDataSync: true }]);
