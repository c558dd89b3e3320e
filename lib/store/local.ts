import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { GenotypeArchive } from '../ingest/genotypes.ts';
import type { RenormaliseArchive } from '../ingest/ports.ts';
import type { JobStore } from '../operations/jobs.ts';
import type { Ports } from '../operations/ports.ts';
import { type CompactOptions, type CompactReport, compact } from './cohort/compact.ts';
import { type DuckDb, openDuckDb } from './duckdb.ts';
import { type ErasureReport, eraseSubject, replayErasures } from './erase.ts';
import { jobStore } from './job-store.ts';
import { type KnowledgeArchive, knowledgeArchive } from './knowledge-archive.ts';
import { LOCAL_TABLE, openLocalDynamo } from './local-dynamodb.ts';
import { localObjects } from './local-objects.ts';
import { type SweepLimits, type SweepReport, sweep, type VerifyReport, verifyArchive } from './maintenance.ts';
import { portsOf } from './ports-of.ts';
import { type ReferenceArchive, referenceArchive } from './reference-archive.ts';
import { type StudyArchive, studyArchive } from './study-archive.ts';
import { dynamoTable } from './table.ts';
import { everErased, unreplayed } from './tombstones.ts';

export interface LocalOptions {
  /** Memory DuckDB may use for queries, in bytes; a quarter of the machine's, at most 4 GB, when absent. */
  readonly memoryBytes?: number;
  readonly threads?: number;
}

/** Housekeeping of an archive, for the command line. */
type Admin = Pick<StudyArchive, 'study' | 'list' | 'remove' | 'register'> & {
  /** Re-reads every file of every READY study. */
  verify(): Promise<VerifyReport>;
  /** Removes what no READY study names. */
  sweep(limits: SweepLimits): Promise<SweepReport>;
  /** Brings the compacted copy, which population operations read, up to date. */
  compact(options?: CompactOptions): Promise<CompactReport>;
  erase(subject: string): Promise<ErasureReport>;
  /** Subjects that were ever erased and not readmitted. */
  erased(): Promise<readonly string[]>;
  /** Those of them whom a restored table does not hide. */
  unreplayed(): Promise<readonly string[]>;
  /** Erases again whoever was ever erased and not readmitted; a restored table may not know of them. */
  replay(): Promise<readonly ErasureReport[]>;
};

/** An archive in a folder: the same code as in AWS over files and a loopback DynamoDB. */
export interface LocalArchive extends AsyncDisposable {
  readonly ports: Ports;
  readonly archive: RenormaliseArchive;
  readonly admin: Admin;
  readonly reference: ReferenceArchive;
  readonly jobs: JobStore;
  readonly knowledge: KnowledgeArchive;
  readonly genotypes: GenotypeArchive;
  /** Whether this process runs the folder's database at the moment; others use it. */
  owns(): boolean;
  close(): Promise<void>;
}

const GIGABYTE = 1_073_741_824;

/**
 * Opens the archive of a data folder, which is made when absent. Several processes may have it open.
 *
 * @throws UnavailableError when the folder is held by a process that does not answer.
 */
export async function openLocalArchive(dataDir: string, options: LocalOptions = {}): Promise<LocalArchive> {
  const folder = resolve(dataDir);
  const staging = join(folder, 'staging');
  const dynamo = await openLocalDynamo(folder);
  const table = dynamoTable(dynamo.connection, LOCAL_TABLE);
  const objects = localObjects(join(folder, 'objects'));
  const metadata = studyArchive(table, objects);
  const limits = {
    memoryBytes: options.memoryBytes ?? Math.min(totalmem() / 4, 4 * GIGABYTE),
    threads: options.threads ?? availableParallelism(),
  };
  const duckDb = onFirstUse(() =>
    openDuckDb({
      ...limits,
      temporary: join(folder, 'temporary'),
      readOnlyFrom: [join(folder, 'objects')],
    }),
  );

  const stage = async (): Promise<string> => {
    const made = join(staging, randomBytes(9).toString('base64url'));
    await mkdir(made, { recursive: true });
    return made;
  };

  const ports = portsOf({ table, objects, duckDb: duckDb.get }, process.env);

  const close = async (): Promise<void> => {
    await duckDb.close();
    await dynamo.close();
  };

  const archive: RenormaliseArchive = {
    study: metadata.study,
    nextVersion: metadata.nextVersion,
    commit: metadata.commit,
    admit: metadata.admit,
    publish: objects.publish,
    materialise: objects.materialise,
    stage,
  };

  return {
    ports,
    archive,
    genotypes: {
      ...archive,
      studiesOf: async (subject) => (await ports.studies.subject(subject))?.studies.map(({ study }) => study) ?? [],
    },
    admin: {
      study: metadata.study,
      list: metadata.list,
      remove: metadata.remove,
      register: metadata.register,
      verify: () => verifyArchive({ table, objects, duckDb: duckDb.get }),
      sweep: (younger) => sweep({ table, objects, staging }, younger),
      compact: (wanted) => compact({ table, objects, stage, ...limits }, wanted),
      erase: (subject) => eraseSubject({ table, objects, archive: metadata, stage }, subject),
      erased: () => everErased(table, objects),
      unreplayed: () => unreplayed(table, objects),
      replay: () => replayErasures({ table, objects, archive: metadata, stage }),
    },
    reference: referenceArchive({ table, objects, stage }),
    jobs: jobStore({ table, objects, stage }),
    knowledge: knowledgeArchive({ table, objects, stage, reference: ports.reference }),
    owns: dynamo.owns,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** DuckDB takes about 0.1 s to open, which commands that never query need not wait for. */
function onFirstUse(open: () => Promise<DuckDb>): { readonly get: () => Promise<DuckDb>; close(): Promise<void> } {
  let opened: Promise<DuckDb> | undefined;
  return {
    get: () => {
      opened ??= open();
      return opened;
    },
    async close() {
      (await opened)?.close();
    },
  };
}
