import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackage } from '@lulc/core/node';
import { addonName, packageFolder } from './folders.js';
import { compareVersions, type Libtorch, libraryFile } from './libtorch.js';

/** What `prebuilt.json` in a pre-built package says. */
export interface PrebuiltFile {
  /** Version of `@lulc/backend-torch` that the addon belongs to. */
  readonly version: string;
  /** Major and minor version of the libtorch that it needs, e.g. `'2.13'`. */
  readonly libtorch: string;
  /** Whether it was built for NVIDIA GPUs. */
  readonly cuda: boolean;
}

/** A pre-built addon that was installed as a package. */
export interface Prebuilt extends PrebuiltFile {
  /** Folder of the package. */
  readonly folder: string;
  /** Hash of its files. */
  readonly fingerprint: string;
}

/** File name of {@link PrebuiltFile}. */
export const prebuiltFileName = 'prebuilt.json';

/** File name of the addon that loads libtorch before a pre-built addon, which does not know where it lies. */
export const preloaderName = 'preload.node';

/** Name of the package with the addon for a machine. */
export function prebuiltPackageName(platform: string = process.platform, arch: string = process.arch): string {
  return `@lulc/backend-torch-${platform}-${arch}`;
}

/** The pre-built package for this machine and this version, where one is installed. */
export function findPrebuilt(version: string): Prebuilt | undefined {
  for (const { folder } of findPackage(prebuiltPackageName(), [packageFolder()])) {
    const files = [prebuiltFileName, addonName, preloaderName].map((name) => join(folder, name));
    if (!files.every((file) => existsSync(file))) continue;
    const hash = createHash('sha256');
    for (const file of files) hash.update(readFileSync(file));
    const facts = JSON.parse(readFileSync(files[0], 'utf8')) as PrebuiltFile;
    if (facts.version === version) return { ...facts, folder, fingerprint: hash.digest('hex') };
  }
  return undefined;
}

/** Whether a pre-built addon runs on a libtorch: C++ libraries are compatible only within a minor version. */
export function fits(prebuilt: Prebuilt, libtorch: Libtorch): boolean {
  return (
    compareVersions(prebuilt.libtorch, libtorch.version) === 0 && libtorch.newAbi && prebuilt.cuda === libtorch.cuda
  );
}

/** The library that brings all of libtorch when it is loaded. */
export function mainLibrary(lib: string): string {
  return join(lib, libraryFile('torch'));
}
