// @ts-expect-error: it brings no types
import jasmineCore from 'jasmine-core/lib/jasmine-core/jasmine.js';

/** What a reporter hears of a spec. */
export interface SpecResult {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  readonly failedExpectations: readonly { readonly message: string }[];
}

/** The part of jasmine 3 that is used here. */
export interface Jasmine {
  getEnv(options?: { suppressLoadErrors: boolean }): {
    configure(options: { random: boolean }): void;
    addReporter(reporter: {
      specStarted(spec: SpecResult): void;
      specDone(spec: SpecResult): void;
      jasmineDone(suite: Pick<SpecResult, 'failedExpectations'>): void;
    }): void;
    execute(): void;
  };
}

interface JasmineCore {
  core(self: JasmineCore): Jasmine;
  interface(jasmine: Jasmine, environment: unknown): object;
}

const core = jasmineCore as JasmineCore;

/** Jasmine, with `describe`, `it` and the others put into the global scope. */
export const jasmine = core.core(core);
Object.assign(globalThis, core.interface(jasmine, jasmine.getEnv({ suppressLoadErrors: true })));
