import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Outcome {
  /** Exit status; null after a signal. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `genomics` as a person would, in a process of its own, on the Node that runs the tests. */
export function startGenomics(...args: readonly string[]): {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
} {
  const child = spawn(process.execPath, ['bin/genomics.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text.stdout += piece;
  });
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text.stderr += piece;
  });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...text }));
  });
  return { child, outcome };
}

export function genomics(...args: readonly string[]): Promise<Outcome> {
  return startGenomics(...args).outcome;
}
