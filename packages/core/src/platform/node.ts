export const platform = 'node' as const;
