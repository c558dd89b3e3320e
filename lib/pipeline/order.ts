import { ConflictError } from '../genomics/errors.ts';
import type { Archive } from '../ingest/ports.ts';
import type { IngestRequest } from '../ingest/request.ts';
import type { Marks, Pipeline, Replacement } from './ports.ts';

/** A study, and the manifest that wants to change it. */
export interface Claim extends Replacement {
  readonly study: string;
}

/** Ends an ingest whose study was amended by a later manifest meanwhile. */
export class Superseded extends Error {}

/**
 * Whether a claim has had its turn, or may not have one any more: a manifest uploaded later says what replaces the
 * study's files, so that older ones, delivered late, are not to undo that.
 */
export async function isSuperseded(marks: Marks, claim: Claim): Promise<boolean> {
  return (await marks.isDone(claim.source)) || (await hasLater(marks, claim));
}

/**
 * The archive for one claim. A replacement is announced before the study's version is asked for, and every claim looks
 * for later announcements after: their commit is then either seen here, or makes ours a conflict.
 */
export function claimed({ archive, marks }: Pipeline, claim: Claim, mode: IngestRequest['mode']): Archive {
  return {
    ...archive,
    async nextVersion(id) {
      if (mode === 'replace') await announce(marks, claim);
      const version = await archive.nextVersion(id);
      if (await hasLater(marks, claim)) throw new Superseded();
      return version;
    },
  };
}

async function announce(marks: Marks, claim: Claim): Promise<void> {
  const latest = await marks.latest(claim.study);
  if (latest?.source === claim.source) return;
  if (latest !== undefined && isLater(latest, claim)) throw new Superseded();
  const { study, source, modified } = claim;
  if (!(await marks.announce(study, latest, { source, modified }))) {
    throw new ConflictError(`the study '${study}' is being amended by another manifest`);
  }
}

async function hasLater(marks: Marks, claim: Claim): Promise<boolean> {
  const latest = await marks.latest(claim.study);
  return latest !== undefined && isLater(latest, claim);
}

/** Uploads of one moment are told apart by their names: any order will do, as long as all agree. */
function isLater(other: Replacement, { source, modified }: Replacement): boolean {
  return other.modified > modified || (other.modified === modified && other.source > source);
}
