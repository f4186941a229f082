/** Specs of TensorFlow.js core that the engine does not pass although the cpu backend does, and why. */
export interface Exclusion {
  /** Why. */
  readonly reason: string;
  /** Names of the specs. */
  readonly specs: readonly string[];
}

/**
 * All of them. The list is held to the truth: a spec that fails and is not in it fails the suite, and so does a spec in it
 * that passes or that does not exist.
 */
export const exclusions: readonly Exclusion[] = [];
