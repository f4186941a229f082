import { nearestName } from '@lulc/core';
import type { z } from 'zod';
import { allowedBy, nodesAt, type SchemaNode } from './tree.js';

type Issue = z.core.$ZodIssue;

/**
 * What is wrong with a configuration, one line per problem: path, place, what was found, what is allowed.
 *
 * @param error what the schema found
 * @param value what was checked
 * @param root the schema as data
 * @param place where a path was given: a line of the file, or a flag
 */
export function explainIssues(
  error: z.ZodError,
  value: unknown,
  root: SchemaNode,
  place: (path: readonly PropertyKey[]) => string,
): string {
  return error.issues
    .flatMap((issue) => innermost(issue, value))
    .map(({ issue, path }) => explain(issue, path, valueAt(value, path), root, place))
    .join('\n');
}

interface Located {
  readonly issue: Issue;
  readonly path: readonly PropertyKey[];
}

/** An issue of a union is told by the alternative that was meant: for a group the one whose fields fit best. */
function innermost(issue: Issue, value: unknown, prefix: readonly PropertyKey[] = []): readonly Located[] {
  const path = [...prefix, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  const found = valueAt(value, path);
  const isGroup = typeof found === 'object' && found !== null;
  const branches = issue.errors.filter((branch) => branch.every((inner) => inner.path.length > 0 || isKeyIssue(inner)));
  if (!isGroup || branches.length === 0) return [{ issue, path }];
  const meant = branches.reduce((best, branch) => (branch.length < best.length ? branch : best));
  return meant.flatMap((inner) => innermost(inner, value, path));
}

function isKeyIssue(issue: Issue): boolean {
  return issue.code === 'unrecognized_keys' || (issue.code === 'invalid_union' && issue.path.length > 0);
}

function explain(
  issue: Issue,
  path: readonly PropertyKey[],
  found: unknown,
  root: SchemaNode,
  place: (path: readonly PropertyKey[]) => string,
): string {
  if (issue.code === 'unrecognized_keys') {
    const meant = nodesAt(path, root).filter((node) => isNamed(node, found));
    const known = [...new Set(meant.flatMap((node) => Object.keys(node.properties ?? {})))];
    return issue.keys
      .map((key) => {
        const near = nearestName(key, known);
        const hint = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean '${near}'?`;
        return line([...path, key], place, `there is no such setting. ${hint}`);
      })
      .join('\n');
  }
  const nodes = nodesAt(path, root);
  const values = nodes.filter((node) => node.properties === undefined);
  const allowed = [
    ...new Set([...values.map(allowedBy), ...(nodes.length > values.length ? ['a group of settings'] : [])]),
  ].join(' or ');
  if (found === undefined) return line(path, place, `is needed${allowed === '' ? '' : `: ${allowed}`}`);
  const choices = nodes.flatMap((node) => node.enum ?? (node.const === undefined ? [] : [node.const])).map(String);
  const near = typeof found === 'string' ? nearestName(found, choices) : undefined;
  const hint = near === undefined ? '' : `. Did you mean '${near}'?`;
  const expectation = allowed === '' ? issue.message : `allowed is ${allowed}`;
  return line(path, place, `${shown(found)} does not fit; ${expectation}${hint}`);
}

/** Whether a group can be the one that was meant: the names it fixes (of a family, an optimiser …) are those given. */
function isNamed({ properties = {} }: SchemaNode, found: unknown): boolean {
  return Object.entries(properties).every(
    ([key, { const: name }]) => name === undefined || valueAt(found, [key]) === name,
  );
}

function line(path: readonly PropertyKey[], place: (path: readonly PropertyKey[]) => string, message: string): string {
  const at = place(path);
  return `  ${path.map(String).join('.') || 'configuration'}${at === '' ? '' : ` (${at})`}: ${message}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined | null)?.[key], value);
}
