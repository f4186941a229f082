/**
 * Makes sure that there is a Chromium for the browser test: `node tools/browser-test/install.js`. Installs Debian's or
 * Ubuntu's package when run as root; elsewhere it says what to do and fails, and the test is then skipped.
 * `LULC_NO_INSTALL=1` forbids the installation.
 */
import { spawnSync } from 'node:child_process';
import { findChromium } from './chromium.js';

const found = findChromium();
if (found !== undefined) {
  console.log(`Chromium: ${found}`);
} else if (process.env.LULC_NO_INSTALL !== '1' && process.getuid?.() === 0 && apt('update')) {
  console.log('installing the package chromium (about 100 MB to download)');
  process.exitCode = apt('install', '-y', '--no-install-recommends', 'chromium') && findChromium() ? 0 : 1;
} else {
  console.log(
    'no Chromium: install one (apt-get install chromium, brew install --cask chromium), or set CHROMIUM_PATH',
  );
  process.exitCode = 1;
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}
