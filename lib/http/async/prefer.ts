import type { OperationRequest } from '../request.ts';

/**
 * Whether a request asks to be answered later (`Prefer: respond-async`). A HEAD wants headers only and is answered at
 * once.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-4.1
 */
export function prefersAsync(request: OperationRequest): boolean {
  if (request.method === 'HEAD') return false;
  const preferences = request.headers.get('prefer')?.split(',') ?? [];
  return preferences.some((one) => one.split(';')[0]?.trim().toLowerCase() === 'respond-async');
}
