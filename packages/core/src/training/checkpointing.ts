import { isLulcError, LulcError } from '../errors/lulcError.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import type { CheckpointStore } from './checkpointStore.js';

/** Writes a run's checkpoints into a store, keeps the newest, and finds the one to go on from. */
export interface CheckpointKeeper {
  /**
   * The newest checkpoint that is whole. Damaged ones are passed over with a warning.
   *
   * @throws LulcError `missing-file` when one is required and there is none, `corrupt-file` when all are damaged
   */
  newest(): Promise<Checkpoint | undefined>;
  /** Stores a checkpoint and drops all but the newest; gives its name. */
  write(checkpoint: Checkpoint): Promise<string>;
}

/**
 * @param store where checkpoints are kept
 * @param keepLast how many are left after a write, of those that this run wrote or went on from
 * @param resume see `CheckpointOptions`
 * @param warn told of damaged checkpoints
 */
export function checkpointKeeper(
  store: CheckpointStore,
  keepLast: number,
  resume: 'auto' | 'require' | 'never',
  warn: (message: string) => Promise<void>,
): CheckpointKeeper {
  let ours: readonly string[] = [];

  return {
    newest: async () => {
      if (resume === 'never') return undefined;
      const names = [...(await store.list())].reverse();
      for (const name of names) {
        try {
          const checkpoint = decodeCheckpoint(await store.load(name), name);
          ours = [name];
          return checkpoint;
        } catch (error) {
          if (!isLulcError(error, 'corrupt-file') && !isLulcError(error, 'missing-file')) throw error;
          await warn(`checkpoint '${name}' in ${store.location} cannot be used: ${error.message}`);
        }
      }
      if (names.length > 0) {
        throw new LulcError('corrupt-file', 'every checkpoint is damaged', {
          where: { checkpoints: store.location },
          hint: "Pass resume: 'never' to start anew.",
        });
      }
      if (resume === 'require') {
        throw new LulcError('missing-file', 'there is no checkpoint to go on from', {
          where: { checkpoints: store.location },
          hint: "Pass resume: 'auto' to start anew when there is none.",
        });
      }
      return undefined;
    },
    write: async (checkpoint) => {
      const name = `step-${String(checkpoint.state.step).padStart(9, '0')}`;
      await store.save(name, encodeCheckpoint(checkpoint));
      ours = [...ours.filter((other) => other !== name), name].slice(-keepLast);
      for (const other of await store.list()) if (!ours.includes(other)) await store.remove(other);
      return name;
    },
  };
}
