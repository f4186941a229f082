/** The engines that `lulc engine install` can install. */
export const installableEngines = ['torch', 'tensorflow'] as const;

/** One of {@link installableEngines}. */
export type InstallableEngine = (typeof installableEngines)[number];
