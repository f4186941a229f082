import { readFile, stat } from 'node:fs/promises';
import { isLulcError, LulcError } from '@lulc/core';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import type { Config } from './config.js';
import { explainIssues } from './explain.js';
import { type ConfigLayout, configTree } from './layout.js';
import { trainLayout } from './train.js';

/** A setting given on the command line. */
export interface Override {
  /** Dotted path, e.g. `training.epochs`. */
  readonly path: string;
  /** Its value, already read. */
  readonly value: unknown;
}

/** Where a configuration comes from. */
export interface ConfigSources {
  /** A YAML or JSON file. */
  readonly file?: string | undefined;
  /** Settings on which the file builds, e.g. those of the quickstart. */
  readonly base?: Readonly<Record<string, unknown>> | undefined;
  /** Flags; they win. */
  readonly overrides?: readonly Override[] | undefined;
  /** Environment for `${NAME}`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Largest configuration file that is read. */
const maxBytes = 1 << 20;

/**
 * The checked configuration of a training run with every default filled in.
 *
 * @param sources file, flags and environment
 * @throws LulcError `invalid-argument` that lists every problem with its file, line, path and what is allowed
 */
export function loadConfig(sources: ConfigSources): Promise<Config> {
  return loadLayout(trainLayout, sources);
}

/**
 * A checked configuration of any kind with every default filled in.
 *
 * @param layout the kind
 * @param sources file, flags and environment
 * @throws LulcError `invalid-argument` that lists every problem with its file, line, path and what is allowed
 */
export async function loadLayout<Schema extends z.ZodType>(
  layout: ConfigLayout<Schema>,
  sources: ConfigSources,
): Promise<z.output<Schema>> {
  const { file, base = {}, overrides = [], env = {} } = sources;
  const read = file === undefined ? undefined : await readConfigFile(file);
  const merged = overrides.reduce<unknown>(
    (value, { path, value: leaf }) => withValue(value, path.split('.'), leaf),
    read?.value ?? base,
  );
  const expanded = withNames(expandVariables(merged, env, file), layout.impliedNames);
  if (isGroup(expanded)) layout.refuse?.(expanded, file === undefined ? {} : { file });
  const result = layout.schema.safeParse(expanded);
  if (result.success) return result.data;
  const flags = new Set(overrides.map(({ path }) => path));
  const place = (path: readonly PropertyKey[]): string => {
    const dotted = path.map(String).join('.');
    const flag = [...flags].find((name) => dotted === name || dotted.startsWith(`${name}.`));
    return flag === undefined ? (read?.lineOf(path) ?? '') : `--${flag}`;
  };
  throw new LulcError(
    'invalid-argument',
    `the configuration is not valid\n${explainIssues(result.error, expanded, configTree(layout), place)}`,
    {
      where: file === undefined ? {} : { file },
    },
  );
}

interface ConfigFile {
  readonly value: unknown;
  /** `line 12`, of the nearest part of a path that is there. */
  lineOf(path: readonly PropertyKey[]): string;
}

async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = await readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new LulcError('invalid-argument', `the configuration is neither YAML nor JSON: ${problem.message}`, {
      where: { file },
    });
  }
  const value: unknown = toPlain(document, file);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) {
    throw new LulcError('invalid-argument', 'a configuration is a map of settings', { where: { file } });
  }
  return {
    value: value ?? {},
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = offsetOf(document, path.slice(0, length));
        if (offset !== undefined) return `line ${lines.linePos(offset).line}`;
      }
      return '';
    },
  };
}

/** Plain data of a document; aliases that would blow it up are refused by the library. */
function toPlain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new LulcError('invalid-argument', `the configuration cannot be used: ${(cause as Error).message}`, {
      where: { file },
      cause,
    });
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const key = parent.items.find((item) => isScalar(item.key) && item.key.value === path[path.length - 1])?.key;
  return isScalar(key) ? key.range?.[0] : undefined;
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxBytes) {
      throw new LulcError('invalid-argument', `a configuration file of ${size} bytes is not read`, { where: { file } });
    }
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (isLulcError(cause)) throw cause;
    throw new LulcError('invalid-argument', `the configuration file cannot be read: ${(cause as Error).message}`, {
      where: { file },
      hint: 'Give a YAML or JSON file with --config.',
      cause,
    });
  }
}

function withNames(value: unknown, names: ConfigLayout['impliedNames']): unknown {
  return Object.entries(names).reduce((whole, [path, name]) => {
    const keys = path.split('.');
    const group = keys.slice(0, -1).reduce<unknown>((inner, key) => (isGroup(inner) ? inner[key] : undefined), whole);
    return isGroup(group) && !(keys[keys.length - 1] in group) ? withValue(whole, keys, name) : whole;
  }, value);
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` with one setting replaced. A name that stands for defaults makes room for its options. */
function withValue(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  const group: Record<string, unknown> = isGroup(value)
    ? { ...value }
    : typeof value === 'string'
      ? { name: value }
      : {};
  group[key] = rest.length === 0 ? leaf : withValue(group[key], rest, leaf);
  return group;
}

/** Replaces `${NAME}` and `${NAME:-default}` in every text. */
function expandVariables(
  value: unknown,
  env: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, name: string, otherwise: string | undefined) => {
      const found = env[name] || otherwise;
      if (found !== undefined) return found;
      throw new LulcError('invalid-argument', `the environment variable ${name} is not set`, {
        where: file === undefined ? {} : { file },
        hint: `Set ${name}, or give a default: \${${name}:-…}.`,
      });
    });
  }
  if (Array.isArray(value)) return value.map((item) => expandVariables(item, env, file));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandVariables(item, env, file)]));
}
