/** Entry of the threads that decode JPEG 2000. */
import { doTasks } from '../../threads/node/doTasks.js';
import { decodeTile, type TileValues } from './openJpeg.js';
import type { TileTask } from './tileDecoder.js';

doTasks<TileTask, TileValues>(
  ({ codestream, shape }) => decodeTile(codestream, shape),
  (values) => [values.buffer as ArrayBuffer],
);
