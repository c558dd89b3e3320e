import { createHash } from 'node:crypto';
import type { Caller } from '../../auth/principal.ts';
import type { JobStore } from '../../operations/jobs.ts';
import { jobPath } from '../../operations/routes.ts';
import type { Reply } from '../answer.ts';

/** Where jobs go, and who is told of them. */
export interface JobSubmission {
  readonly store: JobStore;
  /** Told of a new job, to begin it; where workers find jobs by themselves there is nothing to do. */
  readonly started: (id: string) => void;
}

interface Question {
  readonly operation: string;
  readonly input: object;
  readonly caller: Caller;
}

/**
 * Accepts a question that has been checked and authorized: 202, and where to look for the answer.
 *
 * @see https://hl7.org/fhir/R4/async.html
 */
export async function submitted(
  { caller, ...question }: Question,
  { store, started }: JobSubmission,
  base: string,
): Promise<Reply> {
  const id = await store.submit({ ...question, owner: ownerOf(caller) });
  started(id);
  return {
    status: 202,
    headers: { 'Content-Location': base + jobPath(id), 'Preference-Applied': 'respond-async' },
  };
}

/**
 * Who a job belongs to: one client acting for one person. Another client of the same person is someone else, and so is
 * another person at the same client.
 */
export function ownerOf(caller: Caller): string {
  if (caller.kind === 'anyone') return 'anyone';
  const { issuer, clientId, subject, tokenId } = caller.principal;
  // A token that names neither is good for the jobs of that token only.
  const named =
    clientId === undefined && subject === undefined ? [issuer, null, null, tokenId] : [issuer, clientId, subject];
  return createHash('sha256').update(JSON.stringify(named)).digest('base64url');
}
