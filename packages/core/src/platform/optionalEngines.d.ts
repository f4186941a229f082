/** Optional peers of this package: present only where a user installed them. They register a TF.js backend on import. */
declare module '@tensorflow/tfjs-backend-webgl' {
  export const version_webgl: string;
}
declare module '@tensorflow/tfjs-backend-webgpu' {
  export const WebGPUBackend: unknown;
}
