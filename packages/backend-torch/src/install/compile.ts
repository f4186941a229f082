import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { LulcError } from '@lulc/core';
import { type CommandResult, type CxxCompiler, complaint, runCommand } from '@lulc/core/node';
import type { Recipe } from './recipe.js';
import { contentHash, nativeSources } from './sources.js';

/** What to compile, how and where to. */
export interface Compilation {
  /** Folder of the C++ sources. */
  readonly sources: string;
  /** Flags. */
  readonly recipe: Recipe;
  /** The compiler. */
  readonly compiler: CxxCompiler;
  /** Changes when the headers of libtorch are others. */
  readonly libtorch: string;
  /** Folder of `node_api.h`. */
  readonly nodeHeaders: string;
  /** Where objects are kept between builds. */
  readonly objects: string;
  /** Told about progress. */
  readonly log: (line: string) => void;
}

/** An object file to have, and the command that makes it. */
interface Unit {
  readonly label: string;
  readonly object: string;
  readonly args: readonly string[];
}

/** Memory that one run of the compiler over ATen's headers may need. */
const bytesPerCompiler = 1.5e9;

/** Objects that no build has used for this long are deleted. */
const keptDays = 7;

/**
 * Compiles what changed since the last time and gives the object files. Objects are kept by the hash of everything they
 * depend on, and written whole or not at all: builds that run at a time, or are cut off, do each other no harm.
 *
 * @throws LulcError `unavailable` when the compiler refuses a file, with its errors
 */
export async function compileObjects(compilation: Compilation): Promise<readonly string[]> {
  const { sources, recipe, compiler, objects, log } = compilation;
  await mkdir(objects, { recursive: true });
  const headers = ['-I', compilation.nodeHeaders, '-I', sources];
  const common = [...recipe.compile, ...headers];
  const place = (name: string, flags: readonly string[], content: string, extension: string) => {
    const key = JSON.stringify([compiler.command, compiler.version, compilation.libtorch, flags, name, content]);
    return join(objects, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}${extension}`);
  };

  const prefix = join(sources, 'pch.h');
  const precompiled = existsSync(prefix)
    ? place('pch.h', common, contentHash(prefix, sources), compiler.isClang ? '.pch' : '.gch')
    : undefined;
  const withPrefix =
    precompiled === undefined
      ? []
      : compiler.isClang
        ? ['-include-pch', precompiled]
        : ['-include', precompiled.slice(0, -'.gch'.length)];

  const units = nativeSources(sources).flatMap((source): Unit[] => {
    const content = contentHash(source.path, sources);
    const unit = (label: string, flags: readonly string[], included: readonly string[]): Unit => ({
      label,
      object: place(source.name, [...common, ...flags], content, '.o'),
      args: [...common, ...flags, ...included, '-c', source.path],
    });
    if (!source.perInstructionSet) return [unit(source.name, [], withPrefix)];
    // Other instruction sets than the prefix was compiled for: they do without it.
    return recipe.instructionSets.map(({ name, flags }) => unit(`${source.name} for ${name}`, flags, []));
  });

  const missing = units.filter(({ object }) => !existsSync(object));
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / bytesPerCompiler), missing.length));
  log(
    `   ${missing.length} of ${units.length} files to compile${missing.length > 1 ? `, ${jobs} at a time` : ''} (${compiler.version}).`,
  );
  if (precompiled !== undefined && missing.length > 0 && !existsSync(precompiled)) {
    // GNU's compiler looks for `<header>.gch` where the header is included from.
    if (!compiler.isClang) await copyFile(prefix, precompiled.slice(0, -'.gch'.length));
    await compileUnit(compiler, {
      label: 'pch.h',
      object: precompiled,
      args: [...common, '-x', 'c++-header', prefix],
    });
    log('   pch.h (used by all the others)');
  }
  let done = 0;
  await inParallel(missing, jobs, async (unit) => {
    await compileUnit(compiler, unit);
    log(`   ${unit.label} (${++done} of ${missing.length})`);
  });
  const used = units.map(({ object }) => object);
  await removeUnused(objects, new Set([...used, ...(precompiled === undefined ? [] : [precompiled])]));
  return used;
}

/** Links objects to an addon. `runPath` is where it will look for libtorch, or nothing when that is loaded before it. */
export async function linkAddon(
  compiler: CxxCompiler,
  recipe: Recipe,
  objects: readonly string[],
  output: string,
  runPath: string | undefined,
): Promise<void> {
  const path = runPath === undefined ? [] : [`-Wl,-rpath,${runPath}`];
  const result = await runCommand(compiler.command, [...objects, ...recipe.link, ...path, '-o', output]);
  if (result.code !== 0) throw refused(compiler, 'linking', result);
}

async function compileUnit(compiler: CxxCompiler, { label, object, args }: Unit): Promise<void> {
  const partial = `${object}.partial-${process.pid}`;
  const result = await runCommand(compiler.command, [...args, '-o', partial]);
  if (result.code === 0) return rename(partial, object);
  await rm(partial, { force: true });
  throw refused(compiler, label, result);
}

function refused(compiler: CxxCompiler, what: string, result: CommandResult): LulcError {
  const errors = result.stderr.split('\n').filter((line) => /\b(error|undefined reference)\b/.test(line));
  const shown = errors.length > 0 ? errors.slice(0, 8).join('\n') : complaint(result, 8);
  return new LulcError('unavailable', `${compiler.command} failed:\n${shown}`, {
    where: { file: what },
    hint: `Its version is ${compiler.version}. Another compiler can be named in CXX.`,
  });
}

/** Runs a task for every item, some at a time. After a failure nothing new is begun, what runs is waited for. */
async function inParallel<T>(items: readonly T[], width: number, task: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await task(item);
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: width }, worker));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** Deletes old objects, and precompiled headers (hundreds of megabytes each) that are not the present one. */
async function removeUnused(objects: string, used: ReadonlySet<string>): Promise<void> {
  const now = new Date();
  const oldest = now.getTime() - keptDays * 86_400_000;
  for (const name of await readdir(objects)) {
    const path = join(objects, name);
    if (used.has(path)) await utimes(path, now, now);
    else if (!used.has(`${path}.gch`) && (/\.[gp]ch$/.test(name) || (await stat(path)).mtimeMs < oldest))
      await rm(path, { force: true });
  }
}
