/**
 * One contestant of benchmarks/engines.mjs: runs on one engine, measures what it is asked for on stdin (one JSON object
 * a line) and answers on stdout. `{ case, mode: 'train' | 'predict', steps }` gives `{ ms: [...] }`, one figure a step.
 */
import { createInterface } from 'node:readline';
import { useEngine } from '@lulc/core';
import { cases, prepare } from './trainingStep.js';

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const engine = await useEngine(process.argv[2]);
answer({ name: engine.name, version: engine.version });
const subjects = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { case: name, mode, steps } = JSON.parse(line);
  if (!subjects.has(name)) {
    subjects.set(name, prepare(cases[name]));
    await subjects.get(name).train();
    await subjects.get(name).predict();
  }
  const subject = subjects.get(name);
  const ms = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await subject[mode]();
    ms.push(performance.now() - start);
  }
  answer({ ms, parameters: subject.parameters });
}
