import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEvent } from '@medplum/fhirtypes';
import { InvalidTokenError } from '../auth/errors.ts';
import type { Caller } from '../auth/principal.ts';
import { auditEvent } from '../fhir/audit-event.ts';
import { GenomicsError } from '../genomics/errors.ts';

/** Keeps an event for good. When it fails, nothing is disclosed. */
export type AuditSink = (event: AuditEvent) => Promise<void>;

/** What is learnt of a request on its way, for its audit event. */
export interface Trail {
  caller?: Caller;
  subject?: string;
  listed?: string;
  failure?: unknown;
}

/** What the shell knows of a request. */
interface Circumstances {
  readonly operation: string;
  readonly requestId: string;
  readonly base: string;
  readonly status: number;
  readonly remote?: string | undefined;
}

/** The event of a request that is about to be answered. */
export function eventOf({ caller, subject, listed, failure }: Trail, circumstances: Circumstances): AuditEvent {
  const { remote, ...known } = circumstances;
  return auditEvent({
    recorded: new Date().toISOString(),
    ...known,
    ...(remote === undefined ? {} : { remote }),
    ...(caller?.kind === 'principal' ? { agent: caller.principal } : {}),
    ...(subject === undefined ? {} : { subject }),
    ...(listed === undefined ? {} : { listed }),
    ...(failure === undefined ? {} : { reason: reasonOf(failure) }),
  });
}

/** Kinds of failures only: messages quote what was asked. */
function reasonOf(failure: unknown): string {
  if (failure instanceof InvalidTokenError) return `token ${failure.reason}`;
  return failure instanceof GenomicsError ? failure.issue : 'exception';
}

/** Writes events as lines of JSON, among the other lines of a log. */
export function streamAudit(write: (line: string) => void): AuditSink {
  return async (event) => write(`${JSON.stringify(event)}\n`);
}

/** Appends events to one file a day, `YYYY-MM-DD.ndjson` by UTC, that only its owner may read. */
export function fileAudit(folder: string): AuditSink {
  return async (event) => {
    // Each time: whoever moves old logs away may take the folder along.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const day = event.recorded?.slice(0, 10);
    await appendFile(join(folder, `${day}.ndjson`), `${JSON.stringify(event)}\n`, { mode: 0o600 });
  };
}
