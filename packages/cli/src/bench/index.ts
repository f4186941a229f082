/**
 * The networks and steps of `lulc bench` for the measurements in this repository's `benchmarks/`; no part of the public
 * API.
 *
 * @module
 */
export { benchNetwork } from './networks.js';
export { inferenceSubject, trainingSubject } from './subjects.js';
export { timedSteps, warmUp } from './timing.js';
