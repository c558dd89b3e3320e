import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Names this run of the program among those that share a disk. */
const RUN = `${process.pid}-${randomBytes(6).toString('hex')}`;

/**
 * A folder of this run's own inside `parent`. Those of runs that have ended are removed: a killed process leaves its
 * files behind, and Lambda keeps `/tmp` after a crash.
 */
export async function ownFolder(parent: string): Promise<string> {
  const folder = join(parent, RUN);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = Number(name.split('-')[0]);
    if (name !== RUN && (pid === process.pid || !isAlive(pid))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
  return folder;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
