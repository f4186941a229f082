/**
 * Training and inference speed of the engines against PyTorch, in one run: every contestant is a process of its own, and
 * they take turns, so that what else the machine does meets all of them.
 *
 *     npm run build && node benchmarks/engines.mjs [--engines wasm,tensorflow] [--python python3] [--rounds 5] [--json file]
 *
 * `--python none` leaves PyTorch out. A contestant that cannot start is named and left out.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    engines: { type: 'string', default: 'wasm,tensorflow' },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    cases: { type: 'string', default: 'WRN-B4-ECA,WRN-B0-ECA' },
    json: { type: 'string' },
  },
});
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const batch = 16;

/** Steps a turn, so that a turn takes a second or so on a slow engine and is not all noise on a fast one. */
const stepsOf = { train: 2, predict: 4 };

function start(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${command} ${args.join(' ')} ended`);
    return JSON.parse(value);
  };
  return {
    ready: Promise.race([next(), new Promise((_, reject) => child.on('error', reject))]),
    ask: (task) => {
      child.stdin.write(`${JSON.stringify(task)}\n`);
      return next();
    },
    end: () => child.kill(),
  };
}

const commands = options.engines.split(',').map((engine) => [process.execPath, [here('worker.mjs'), engine]]);
if (options.python !== 'none') commands.push([options.python, [here('pytorch_wrn.py')]]);

const contestants = [];
for (const [command, args] of commands) {
  const process_ = start(command, args);
  try {
    contestants.push({ ...process_, ...(await process_.ready), ms: {} });
  } catch (error) {
    console.error(`left out: ${args.join(' ')}: ${error.message}`);
  }
}

for (const caseName of options.cases.split(',')) {
  for (const mode of ['train', 'predict']) {
    for (let round = -1; round < Number(options.rounds); round++) {
      for (const contestant of contestants) {
        const { ms, parameters } = await contestant.ask({ case: caseName, mode, steps: round < 0 ? 1 : stepsOf[mode] });
        contestant.parameters = { ...contestant.parameters, [caseName]: parameters };
        if (round < 0) continue; // a round to warm up
        contestant.ms[caseName] ??= {};
        contestant.ms[caseName][mode] = [...(contestant.ms[caseName][mode] ?? []), ...ms];
      }
    }
  }
}
for (const contestant of contestants) contestant.end();

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rate = (ms) => (1000 * batch) / ms;
const peer = contestants.find(({ name }) => name === 'pytorch');
const rows = [];
for (const caseName of options.cases.split(',')) {
  for (const mode of ['train', 'predict']) {
    for (const { name, version, ms, parameters } of contestants) {
      const times = ms[caseName][mode];
      rows.push({
        case: caseName,
        parameters: parameters[caseName],
        mode,
        contestant: name,
        version,
        imagesPerSecond: rate(median(times)),
        slowest: rate(Math.max(...times)),
        fastest: rate(Math.min(...times)),
        toPyTorch: peer ? median(peer.ms[caseName][mode]) / median(times) : undefined,
      });
    }
  }
}

console.log(`${cpus()[0].model}, ${cpus().length} CPUs, batch ${batch}, Node ${process.version}`);
for (const { name, version } of contestants) console.log(`  ${name}: ${version}`);
console.log('\n| network | | contestant | images/s (median) | slowest to fastest step | of PyTorch |');
console.log('|---|---|---|---|---|---|');
for (const row of rows)
  console.log(
    `| ${row.case} (${row.parameters.toLocaleString('en')} parameters) | ${row.mode} | ${row.contestant} | ${row.imagesPerSecond.toFixed(1)} | ${row.slowest.toFixed(1)} to ${row.fastest.toFixed(1)} | ${row.toPyTorch === undefined ? '' : `${Math.round(100 * row.toPyTorch)} %`} |`,
  );
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
