/**
 * Holds the documentation to its word: every fenced `ts` block of a TSDoc `@example` and of a Markdown document is
 * type-checked against the packages' sources, then run as it stands against their builds, in an empty folder. A comment
 * behind a `console.log(…);` says what it prints, with `…` for "anything"; the two must agree.
 *
 * A block is only type-checked when it says why: `// not run: needs …` as its first line, or `<!-- not run: needs … -->`
 * on the line above its fence. `<!-- continues -->` there joins it to the block before it.
 *
 *     node scripts/check-examples.mjs [part of a path]
 *
 * LULC_ENGINE  the engine of the runs, default wasm
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const workFolder = join(root, 'reports', 'examples');
const timeLimit = 120_000;

/** Separates what a marked `console.log` printed from everything else on stdout. */
const [open, close] = ['\u0001', '\u0002'];

const preludeText = `import { format } from 'node:util';
globalThis.printed = (line) => (...values) => {
  process.stdout.write('${open}' + line + '${open}' + format(...values) + '${close}\\n');
};
`;

function documents() {
  const inPackages = readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name);
    const sources = safeList(join(folder, 'src')).filter(
      (file) => /\.ts$/.test(file) && !/\.test(-d)?\.ts$/.test(file),
    );
    return [...sources, join(folder, 'README.md')];
  });
  const inDocs = safeList(join(root, 'docs')).filter((file) => file.endsWith('.md') && !file.includes('/api/'));
  return [join(root, 'README.md'), join(root, 'CONTRIBUTING.md'), ...inDocs, ...inPackages];
}

function safeList(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((file) => join(folder, file));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Lines that may hold fences: of a source file those inside an `@example`, without the comment's margin. */
function documentedLines(file) {
  const lines = textOf(file).split('\n');
  if (file.endsWith('.md')) return lines;
  let inComment = false;
  let inExample = false;
  return lines.map((line) => {
    if (/^\s*\/\*\*/.test(line)) inComment = true;
    const text = inComment ? line.replace(/^\s*(\/\*\*|\*(?!\/))? ?/, '').replace(/\*\/\s*$/, '') : '';
    const tag = /^@(\w+)/.exec(text);
    if (tag) inExample = tag[1] === 'example';
    const shown = inComment && inExample && !tag ? text : '';
    if (/\*\//.test(line)) inComment = inExample = false;
    return shown;
  });
}

/** The `ts` blocks of a file: each line of code with the line it comes from, and why it is not run. */
function examplesOf(file) {
  const found = [];
  let block;
  const lines = documentedLines(file);
  for (const [index, line] of lines.entries()) {
    if (block === undefined && /^```ts\s*$/.test(line)) {
      const note = /^<!--\s*(.*?)\s*-->$/.exec(lines[index - 1] ?? '')?.[1] ?? '';
      const joined = note.startsWith('continues') ? found.pop() : undefined;
      block = joined ?? { file: relative(root, file), start: index + 2, code: [], notRun: undefined };
      if (note.startsWith('not run:')) block.notRun = note;
    } else if (block !== undefined && /^```\s*$/.test(line)) {
      block.notRun ??= /^\/\/ (not run: .*)/.exec(block.code[0]?.text ?? '')?.[1];
      found.push(block);
      block = undefined;
    } else if (block !== undefined) {
      block.code.push({ text: line, line: index + 1 });
    }
  }
  if (block !== undefined) throw new Error(`${relative(root, file)}:${block.start}: the block has no end`);
  return found;
}

/** Type-checks all examples in one program. Gives the messages of each. */
function typeCheck(examples) {
  const config = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config;
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(
    examples.map(({ source }) => source),
    { ...options, noUnusedLocals: false, noUnusedParameters: false, declaration: false, noEmit: true },
  );
  return examples.map((example) => {
    const source = program.getSourceFile(example.source);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((found) => {
      const { line } = source.getLineAndCharacterOfPosition(found.start ?? 0);
      return `${example.file}:${lineOf(example, line)}: ${ts.flattenDiagnosticMessageText(found.messageText, '\n  ')}`;
    });
  });
}

const lineOf = (example, index) => example.code[Math.min(index, example.code.length - 1)]?.line;

/** JavaScript of an example whose commented `console.log`s say which line they are, and what those lines promise. */
function instrument(example) {
  const text = example.code.map((line) => line.text).join('\n');
  const source = ts.createSourceFile('example.ts', text, ts.ScriptTarget.ES2022, true);
  const edits = [];
  const promised = new Map();
  const visit = (node) => {
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      const callee = node.expression.expression;
      const [comment] = ts.getTrailingCommentRanges(text, node.end) ?? [];
      if (callee.getText(source) === 'console.log' && comment) {
        const index = source.getLineAndCharacterOfPosition(node.end).line;
        promised.set(lineOf(example, index), text.slice(comment.pos, comment.end).replace(/^\/\/\s*/, ''));
        edits.push([callee.getStart(source), callee.end, `printed(${lineOf(example, index)})`]);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const edited = edits.reduceRight((all, [from, to, by]) => all.slice(0, from) + by + all.slice(to), text);
  const { outputText } = ts.transpileModule(edited, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  return { script: `import '../prelude.mjs';\n${outputText}`, promised };
}

/** One spelling for what `console.log` prints and what a comment says. */
const normal = (text) =>
  text
    .replace(/\s+/g, ' ')
    .replace(/([[({]) /g, '$1')
    .replace(/ ([\])}])/g, '$1')
    .trim();

function agrees(said, printed) {
  const pattern = normal(said)
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(normal(printed));
}

/** Runs an example in its own process. Gives the messages about what was wrong. */
async function run(example) {
  const { script, promised } = instrument(example);
  const folder = dirname(example.source);
  await writeFile(join(folder, 'example.mjs'), script);
  const child = spawn(process.execPath, ['example.mjs'], {
    cwd: folder,
    env: { LULC_ENGINE: 'wasm', ...process.env, LULC_NO_INSTALL: '1', TF_CPP_MIN_LOG_LEVEL: '2', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeLimit,
    killSignal: 'SIGKILL',
  });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (part) => {
    output += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part) => {
    errors += part;
  });
  const [code, signal] = await new Promise((done) => child.on('close', (...outcome) => done(outcome)));
  const at = `${example.file}:${example.start}`;
  if (signal) return [`${at}: stopped by ${signal} (the limit is ${timeLimit / 1000} s)`];
  if (code !== 0) return [`${at}: exit code ${code}\n${errors.trim().split('\n').slice(-12).join('\n')}`];
  const printed = new Map();
  for (const [, line, text] of output.matchAll(new RegExp(`${open}(\\d+)${open}([^${close}]*)${close}`, 'g'))) {
    if (!printed.has(Number(line))) printed.set(Number(line), text);
  }
  return [...promised].flatMap(([line, said]) => {
    const got = printed.get(line);
    if (got === undefined) return [`${example.file}:${line}: prints nothing, the comment says ${said}`];
    return agrees(said, got) ? [] : [`${example.file}:${line}: prints ${normal(got)}\n  the comment says ${said}`];
  });
}

async function inParallel(items, work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
  return results;
}

const [, , part = ''] = process.argv;
const examples = documents()
  .filter((file) => relative(root, file).includes(part))
  .flatMap(examplesOf);
await rm(workFolder, { recursive: true, force: true });
await mkdir(workFolder, { recursive: true });
await writeFile(join(workFolder, 'prelude.mjs'), preludeText);
for (const [index, example] of examples.entries()) {
  const folder = join(workFolder, String(index + 1));
  await mkdir(folder);
  example.source = join(folder, 'example.ts');
  await writeFile(example.source, `${example.code.map((line) => line.text).join('\n')}\nexport {};\n`);
}

const problems = typeCheck(examples);
const runnable = examples.filter((example, index) => !example.notRun && problems[index].length === 0);
const outcomes = await inParallel(runnable, run);
for (const [index, example] of runnable.entries()) problems[examples.indexOf(example)].push(...outcomes[index]);

for (const message of problems.flat()) console.log(message);
const failed = problems.filter((messages) => messages.length > 0).length;
const unrun = examples.filter(({ notRun }) => notRun);
for (const { file, start, notRun } of unrun) console.log(`type-checked only: ${file}:${start} (${notRun})`);
console.log(`${examples.length - failed} passed (${unrun.length} of them type-checked only), ${failed} failed`);
process.exitCode = failed > 0 || examples.length === 0 ? 1 : 0;
