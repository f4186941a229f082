import { LulcError } from '../../errors/lulcError.js';
import { runCommand } from './command.js';

/** A C++ compiler of this machine. */
export interface CxxCompiler {
  /** The command. */
  readonly command: string;
  /** First line of what it says about its version. */
  readonly version: string;
  /** Whether it is a clang, whose flags differ in places. */
  readonly isClang: boolean;
}

/**
 * The C++ compiler to build with: the one `CXX` names, else the first of `g++` (where GNU's is the system's own),
 * `c++` and `clang++` that runs.
 *
 * @throws LulcError `unavailable` when there is none
 */
export async function findCxxCompiler(): Promise<CxxCompiler> {
  const commands = process.env.CXX ? [process.env.CXX] : process.platform === 'darwin' ? mac : others;
  for (const command of commands) {
    const { code, stdout } = await runCommand(command, ['--version']);
    if (code === 0) return { command, version: stdout.split('\n')[0].trim(), isClang: /clang/i.test(stdout) };
  }
  throw new LulcError('unavailable', `no C++ compiler was found (${commands.join(', ')})`, {
    hint: 'Install one (Debian, Ubuntu: apt-get install g++; macOS: xcode-select --install), or name it in CXX.',
  });
}

const mac = ['c++', 'clang++'];
const others = ['g++', 'c++', 'clang++'];
