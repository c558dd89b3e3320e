// Runs before `npm start` and `npm test`, on whatever Node the machine has: installs when needed, and says so in one
// line when the Node 24 that the scripts run on did not arrive.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const MARK = 'node_modules/.installed-from';

const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
const installed = existsSync(MARK) ? readFileSync(MARK, 'utf8') : '';

if (installed !== wanted) {
  console.error('Installing what this project needs (npm install); the first time takes about a minute ...');
  const npm = process.env.npm_execpath;
  const [command, ...prefix] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const { status } = spawnSync(command, [...prefix, 'install', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: npm === undefined && process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
  // npm may have completed the lock file for this platform: remember what is there now.
  writeFileSync(MARK, createHash('sha256').update(readFileSync('package-lock.json')).digest('hex'));
}

const node = process.platform === 'win32' ? 'node_modules/node/bin/node.exe' : 'node_modules/node/bin/node';
if (!existsSync(node)) {
  const major = Number(process.versions.node.split('.')[0]);
  console.error(
    `Node 24 did not arrive with the install; the scripts run on this machine's Node ${process.versions.node}` +
      `${major < 24 ? ', which is too old for them: install Node 24 from nodejs.org' : ''}.`,
  );
  if (major < 24) process.exit(1);
}
