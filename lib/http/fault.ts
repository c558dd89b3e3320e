import { NotReadyError } from '../genomics/errors.ts';

/**
 * What may be logged of a failure: kinds, codes and places, never messages, which can hold a caller's words or a row's
 * values.
 */
export function describeFault(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  const advice = error instanceof NotReadyError ? `: ${error.advice}` : '';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? '' : `\n  caused by ${describeFault(error.cause)}`;
  return `${error.name}${code}${advice}\n${frames.slice(0, 6).join('\n')}${cause}`;
}

/** Writes a failure to standard error, under the id that the client was given. */
export function logFault(error: unknown, requestId: string): void {
  process.stderr.write(`request ${requestId} failed: ${describeFault(error)}\n`);
}
