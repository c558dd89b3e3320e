import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

/** This program. `released` is the day of its version and changes with it. */
export const SOFTWARE = { version: manifest.version, released: '2026-11-22' } as const;

/**
 * Version with a hash of the code that runs: an answer that was cached before a fix must not outlive it, also when
 * nobody raised the version. About 2 ms.
 */
export function sourceVersion(): string {
  const hash = createHash('sha256');
  const root = join(import.meta.dirname, '..');
  for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join(root, file)));
  }
  return `${SOFTWARE.version}+${hash.digest('hex').slice(0, 12)}`;
}
