/** The dependency rule of the design: arrows point to core; families know neither each other, nor the data package, nor the CLI. */
const family = '^packages/(wrn-eca|efficientnet-scaler|vit-mlp-mixer|cnn-baselines|contrastive-ssl|cloud-unet-kd)/';
const test = '\\.(test|test-d)\\.ts$';
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-imports-no-package',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: test },
      to: { path: '^packages/(?!core/)' },
    },
    {
      name: 'data-imports-core-only',
      severity: 'error',
      from: { path: '^packages/sentinel2-data/src' },
      to: { path: '^packages/(?!core/|sentinel2-data/)' },
    },
    {
      name: 'family-imports-core-only',
      comment: 'The scaling rules of efficientnet-scaler are the one exception.',
      severity: 'error',
      from: { path: `${family}src` },
      to: { path: '^packages/', pathNot: ['^packages/core/', '^packages/efficientnet-scaler/', '^packages/$1/'] },
    },
    {
      name: 'engine-imports-core-only',
      severity: 'error',
      from: { path: '^packages/backend-torch/src', pathNot: test },
      to: { path: '^packages/(?!core/|backend-torch/)' },
    },
    {
      name: 'browser-safe-sources',
      comment:
        'Node built-ins only behind a /node entry point, in a folder named node, in the loader of a platform, in the CLI, or in the native engine.',
      severity: 'error',
      from: {
        path: '^packages/(?!cli/|conformance/|backend-torch/)[^/]+/src',
        pathNot: ['/node/', '/node\\.ts$', test, '/testing/'],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'browser-safe-imports',
      comment: 'A browser-safe file may not import a Node-only one.',
      severity: 'error',
      from: {
        path: '^packages/(?!cli/|conformance/|backend-torch/)[^/]+/src',
        pathNot: ['/node/', '/node\\.ts$', test, '/testing/'],
      },
      to: { path: ['/src/node/', '/src/[a-zA-Z]+/node/', '/src/node\\.ts$'] },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^#', '^@tensorflow/tfjs-(node|node-gpu|backend-webgpu|backend-webgl)'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|reports|node_modules|fixtures)/' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@lulc/source', 'import', 'node', 'default'],
    },
  },
};
