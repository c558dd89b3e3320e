import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SERVER = join(import.meta.dirname, '..', '..', 'node_modules', '.moto', 'bin', 'moto_server');

/** Whether moto is here; CI must have it. Says so when not. */
export function hasMoto(): boolean {
  if (existsSync(SERVER)) return true;
  if (process.env['CI'] === 'true') throw new Error('moto is not installed, and CI needs it: .ci/moto installs it');
  console.log('skipped: the archive on moto; .ci/moto installs it');
  return false;
}

/** S3 and DynamoDB of moto on a free port of this machine. */
export async function startMoto(): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const child = spawn(SERVER, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => (log += piece));
  for (let attempt = 1; ; attempt++) {
    const [endpoint] = /http:\/\/127\.0\.0\.1:\d+/.exec(log) ?? [];
    if (endpoint !== undefined) {
      return {
        endpoint,
        async close() {
          child.kill('SIGTERM');
          await once(child, 'close');
        },
      };
    }
    if (attempt === 300 || child.exitCode !== null) throw new Error(`moto did not start: ${log}`);
    await sleep(100);
  }
}
