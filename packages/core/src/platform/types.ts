import type { EngineDescriptor } from '../runtime/engine.js';

/** What differs between Node and browsers. */
export interface Platform {
  /** Where this runs. */
  readonly name: 'node' | 'browser';
  /** The value of an environment variable, `undefined` where there is none. */
  variable(name: string): string | undefined;
  /** The engines of this platform, best first. */
  readonly engines: readonly EngineDescriptor[];
}
