export const platform = 'browser' as const;
