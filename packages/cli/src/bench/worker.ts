/** A contestant of `lulc bench` in a process of its own; see {@link ContestantTask} for how it is spoken to. */
import { createInterface } from 'node:readline';
import { type Engine, useEngine } from '@lulc/core';
import { loaderFor, workersOf } from './loading.js';
import type { ModeName } from './modes.js';
import { benchNetwork } from './networks.js';
import { answerLine, type EngineTask } from './protocol.js';
import { compiledSubject, inferenceSubject, loadingSubject, type Subject, trainingSubject } from './subjects.js';
import { timedSteps, warmUp } from './timing.js';

/** What a mode does with a task. */
const makers: Readonly<Record<ModeName, (task: EngineTask) => Promise<Subject>>> = {
  train: async ({ network, size, batch }) => trainingSubject(await benchNetwork(network), size, batch),
  captured: async ({ network, size, batch }) => trainingSubject(await benchNetwork(network), size, batch, 'auto'),
  predict: async ({ network, size, batch }) => inferenceSubject(await benchNetwork(network), size, batch),
  compiled: async ({ network, size, batch }) => compiledSubject(await benchNetwork(network), size, batch),
  loader: async (task) => loadingSubject(await loaderFor(task), 2),
};

const answer = (value: Parameters<typeof answerLine>[0]): void => void process.stdout.write(answerLine(value));

async function run(task: EngineTask): Promise<void> {
  const engine = task.engine === undefined ? undefined : await useEngine(task.engine);
  const subject = await makers[task.mode](task);
  const stepMs = await warmUp(subject);
  answer({
    ...describe(engine, task),
    ...(subject.parameters === undefined ? {} : { parameters: subject.parameters }),
    ...(subject.detail === undefined ? {} : { detail: subject.detail() }),
    stepMs,
  });
  for await (const line of createInterface({ input: process.stdin })) {
    answer({ ms: await timedSteps(subject, Number(line)) });
  }
}

function describe(engine: Engine | undefined, task: EngineTask): { version: string; device: 'cpu' | 'cuda' | 'gpu' } {
  return engine === undefined
    ? { version: `Node ${process.version}, ${workersOf(task)} reading threads`, device: 'cpu' }
    : { version: engine.version, device: engine.device };
}

const exit = await run(JSON.parse(process.argv[2]) as EngineTask).then(
  () => 0,
  (error: unknown) => {
    answer({ error: error instanceof Error ? error.message : String(error) });
    return 1;
  },
);
// Engines may keep threads; what was written must be out before the process ends.
process.stdout.write('', () => process.exit(exit));
