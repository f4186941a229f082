import { complaint, runCommand } from '@lulc/core/node';

/**
 * Whether the system's loader can load a shared library with everything it needs, found out in a process of its own.
 *
 * @returns why not, or nothing
 */
export async function loads(library: string): Promise<string | undefined> {
  // Node opens any library before it complains that this one is no addon.
  const script = `
    try { process.dlopen({ exports: {} }, ${JSON.stringify(library)}); } catch (error) {
      if (!/self-register/.test(error.message)) { console.error(error.message); process.exitCode = 1; }
    }`;
  const result = await runCommand(process.execPath, ['-e', script]);
  return result.code === 0 ? undefined : complaint(result, 1);
}
