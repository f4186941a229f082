/**
 * The program that runs TensorFlow.js core's own specs on one backend: the specs and everything else
 * must share one copy of TensorFlow.js core, so it is bundled, and `run.ts` starts it in a process of its own.
 *
 * Arguments: backend, file for the results (one JSON value a line).
 */
import { appendFileSync } from 'node:fs';
import './jasmine.js'; // first: the specs want its globals
import './register.js';
import '@tensorflow/tfjs-core/dist/tests.js';
import { registerTorchBackend } from '@lulc/backend-torch';
import { jasmine } from './jasmine.js';
import type { SpecEvent } from './run.js';

const [backend, results] = process.argv.slice(2);
const report = (event: SpecEvent) => appendFileSync(results, `${JSON.stringify(event)}\n`);

async function main(): Promise<void> {
  if (backend === 'torch') await registerTorchBackend();
  const environment = jasmine.getEnv();
  environment.configure({ random: false });
  environment.addReporter({
    // The name goes out first, so that the spec that brings the process down is known.
    specStarted: ({ fullName }) => report({ started: fullName }),
    specDone: ({ fullName, status, failedExpectations }) =>
      report({ done: fullName, status, errors: failedExpectations.map(({ message }) => message) }),
    jasmineDone: ({ failedExpectations }) => report({ finished: failedExpectations.map(({ message }) => message) }),
  });
  environment.execute();
}

void main();
