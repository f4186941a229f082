/**
 * Browser test: `node tools/browser-test/run.js`, after a build.
 *
 * Bundles the built packages for browsers, checks that no Node built-in is among them, and lets a headless Chromium build
 * B0, predict on wasm, save to and load from its storage, load over HTTP what Node saved, and map the clouds of a scene. All must
 * agree with Node.
 * Without a Chromium only the bundles are checked, and the rest is reported as skipped.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadModel, random, readCard, saveModel } from '@lulc/core';
import { bundlePages } from './bundle.js';
import { findChromium, withPage } from './chromium.js';
import { cloudMap, hashFilledModel, predict, startWasm } from './program.js';
import { serve } from './server.js';

const tolerance = 1e-5;
const started = Date.now();

function expectNear(found, expected, what) {
  assert.equal(found.length, expected.length, `${what}: number of values`);
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
  assert.ok(worst <= tolerance, `${what}: differs from Node by ${worst}`);
  console.log(`  ${what}: within ${worst.toExponential(1)} of Node (allowed ${tolerance})`);
}

const { files, sizes } = await bundlePages(['page.js', 'loader.js']);
console.log('bundles without Node built-ins:');
for (const { name, bytes, gzip, own } of sizes) {
  const kilo = (value) => `${(value / 1000).toFixed(0)} kB`;
  console.log(`  ${name}: ${kilo(bytes)} minified, ${kilo(gzip)} gzip; ${kilo(own)} of it from @lulc packages`);
}

const executable = findChromium();
if (executable === undefined) {
  console.log('SKIPPED: no Chromium found. Install one, or set CHROMIUM_PATH.');
  process.exit(0);
}

const folder = await mkdtemp(join(tmpdir(), 'lulc-browser-test-'));
const wasm = dirname(
  createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'),
);
const server = await serve(files, { wasm, models: folder });
try {
  await startWasm();
  const model = await hashFilledModel();
  const inNode = await predict(model);
  const spread = Math.max(...inNode.probabilities) - Math.min(...inNode.probabilities);
  assert.ok(spread > 0.01, 'the probabilities differ from class to class');
  const clouds = await cloudMap();
  const saved = await saveModel(model, folder, { format: 'tfjs' });

  await withPage(executable, async (page) => {
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    const open = async (name) => {
      await page.goto(`${server.origin}/${name}.html`);
      await page.waitForFunction('globalThis.runTest !== undefined', undefined, { timeout: 20_000 });
    };

    console.log('in the browser:');
    await open('page');
    const report = await page.evaluate(() => globalThis.runTest());
    assert.equal(report.engine, 'wasm');
    assert.equal(report.leaked, 0, 'tensors left behind by prediction');
    expectNear(report.built.probabilities, inNode.probabilities, 'probabilities of B0');
    expectNear(report.built.maps, inNode.maps, 'Grad-CAM maps');
    expectNear(report.clouds.probabilities, clouds.probabilities, 'probabilities of cloud over a scene');
    assert.equal(report.clouds.labels.filter((label) => label === 255).length, 20 * 50, 'pixels without data');
    assert.deepEqual(report.clouds.cover, clouds.cover);
    const known = clouds.probabilities.filter((p) => p >= 0);
    assert.ok(Math.max(...known) - Math.min(...known) > 0.01, 'the probabilities differ from pixel to pixel');
    assert.deepEqual(report.card, readCard(model));
    for (const [place, { card, ...stored }] of Object.entries(report.stored)) {
      assert.deepEqual(stored, report.built, `${place}: same outputs as before saving`);
      assert.deepEqual(card, report.card, `${place}: same card`);
      console.log(`  ${place}: saved and loaded, same outputs and card`);
    }

    const [download] = await Promise.all([page.waitForEvent('download'), page.evaluate(() => globalThis.download())]);
    assert.equal(download.suggestedFilename(), 'b0.safetensors');
    const downloaded = await loadModel(new Uint8Array(await readFile(await download.path())));
    assert.deepEqual(await predict(downloaded), inNode);
    console.log('  downloads://b0.safetensors: Node loads it, same outputs');

    await open('loader');
    const shape = [2, ...model.inputs[0].shape.slice(1)];
    const { normal } = random(99);
    const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal);
    const loaded = await page.evaluate(
      ([address, numbers, size]) => globalThis.runTest(address, numbers, size),
      [`${server.origin}/models/`, values.map(Math.fround), shape],
    );
    expectNear(loaded, inNode.probabilities, 'a model that Node saved');
    assert.deepEqual(problems, [], 'errors on the page');
  });
  const copy = await loadModel(folder, { sha256: saved.sha256 });
  assert.deepEqual((await predict(copy)).probabilities, inNode.probabilities);
} finally {
  server.close();
  await rm(folder, { recursive: true });
}
console.log(`browser test passed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
