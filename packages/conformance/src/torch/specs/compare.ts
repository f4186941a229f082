import type { Exclusion } from './exclusions.js';
import type { SpecOutcomes } from './run.js';

/** What two runs of the specs say about an engine. */
export interface Comparison {
  /** Specs that the reference passes and that are declared for the engine: some are for the cpu backend alone. */
  readonly applicable: number;
  /** How many of these the engine passes. */
  readonly passed: number;
  /** Specs that the engine should pass and does not, each with its first error. */
  readonly failed: readonly string[];
  /** Exclusions that are not true: the spec passes, does not exist, or does not apply. */
  readonly untrue: readonly string[];
}

/**
 * Compares the specs of an engine with those of the reference, one by one.
 *
 * @param reference outcomes of the cpu backend
 * @param engine outcomes of the engine
 * @param exclusions what the engine need not pass
 */
export function compareSpecs(
  reference: SpecOutcomes,
  engine: SpecOutcomes,
  exclusions: readonly Exclusion[],
): Comparison {
  const applicable = [...reference]
    .filter(([name, { status }]) => status === 'passed' && engine.has(name))
    .map(([name]) => name);
  const passes = (name: string) => engine.get(name)?.status === 'passed';
  const passed = applicable.filter(passes);
  const excluded = new Set(exclusions.flatMap(({ specs }) => specs));
  const failing = new Set(applicable.filter((name) => !passes(name)));
  return {
    applicable: applicable.length,
    passed: passed.length,
    failed: [...failing]
      .filter((name) => !excluded.has(name))
      .map((name) => `${name}: ${engine.get(name)?.errors[0] ?? 'left out'}`),
    untrue: [...excluded].filter((name) => !failing.has(name)),
  };
}

/** The exclusions as a table for a document. */
export function exclusionTable(exclusions: readonly Exclusion[]): string {
  if (exclusions.length === 0) return 'None.\n';
  const rows = exclusions.flatMap(({ reason, specs }) => specs.map((spec) => `| ${escaped(spec)} | ${reason} |`));
  return ['| Spec | Why |', '|---|---|', ...rows, ''].join('\n');
}

/** Names without the test environment's mark, safe inside a table. */
const escaped = (name: string) => `\`${name.replace(' engine {}', '').replaceAll('|', '\\|')}\``;
