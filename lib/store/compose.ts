import type { RenormaliseArchive } from '../ingest/ports.ts';
import type { Ports } from '../operations/ports.ts';
import { compact } from './cohort/compact.ts';
import type { FarEngine } from './cohort/engine.ts';
import { parquetPopulation } from './cohort/population.ts';
import { disclosureSettings } from './disclosure-settings.ts';
import type { DuckDb } from './duckdb.ts';
import { eraseSubject, replayErasures } from './erase.ts';
import { parquetGenotypeStore } from './genotype-store.ts';
import { jobStore } from './job-store.ts';
import { knowledgeArchive } from './knowledge-archive.ts';
import { knowledgeStore } from './knowledge-store.ts';
import { sweep, verifyArchive } from './maintenance.ts';
import type { ObjectStore } from './objects.ts';
import type { OpenArchive } from './open-archive.ts';
import { referenceArchive } from './reference-archive.ts';
import { referenceStore } from './reference-store.ts';
import { studyArchive } from './study-archive.ts';
import { dynamoStudyStore } from './study-store.ts';
import type { Table } from './table.ts';
import { everErased, unreplayed } from './tombstones.ts';
import { parquetVariantStore } from './variant-store.ts';

/** What an archive is made of, wherever it lives. */
export interface ArchiveParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  readonly duckDb: () => Promise<DuckDb>;
  /** Answers what is too large for DuckDB here. */
  readonly far?: FarEngine | undefined;
  /** Read for disclosure control only. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What writing to it needs besides. */
export interface WritableParts extends ArchiveParts {
  /** Makes a folder for files that are not published yet. */
  readonly stage: () => Promise<string>;
  /** Folder of all such folders, where `sweep` may clear away. */
  readonly staging?: string;
  /** Of a DuckDB that compacts. */
  readonly limits: { readonly memoryBytes: number; readonly threads: number };
}

/** What the operations ask. @throws InvalidInputError for malformed disclosure settings */
export function portsOf({ table, objects, duckDb, far, env }: ArchiveParts): Ports {
  const studies = dynamoStudyStore(table);
  const parts = { table, objects, duckDb, filesOf: studies.files };
  return {
    studies,
    variants: parquetVariantStore(parts),
    genotypes: parquetGenotypeStore(parts),
    reference: referenceStore(parts),
    knowledge: knowledgeStore(parts),
    population: parquetPopulation({ ...parts, far }),
    ...disclosureSettings(env, table),
  };
}

/** Everything one can do with an archive but close it. @throws InvalidInputError as `portsOf` */
export function archiveOf(parts: WritableParts): Omit<OpenArchive, 'close' | typeof Symbol.asyncDispose> {
  const { table, objects, duckDb, stage, staging, limits } = parts;
  const ports = portsOf(parts);
  const metadata = studyArchive(table, objects);
  const jobs = jobStore({ table, objects, stage });
  const archive: RenormaliseArchive = {
    study: metadata.study,
    nextVersion: metadata.nextVersion,
    commit: metadata.commit,
    admit: metadata.admit,
    publish: objects.publish,
    materialise: objects.materialise,
    stage,
  };
  const erasing = { table, objects, archive: metadata, jobs, stage };
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
      verify: () => verifyArchive({ table, objects, duckDb }),
      sweep: (younger) => sweep({ table, objects, ...(staging === undefined ? {} : { staging }) }, younger),
      compact: (wanted) => compact({ table, objects, stage, ...limits }, wanted),
      erase: (subject) => eraseSubject(erasing, subject),
      erased: () => everErased(table, objects),
      unreplayed: () => unreplayed(table, objects),
      replay: () => replayErasures(erasing),
    },
    reference: referenceArchive({ table, objects, stage }),
    jobs,
    knowledge: knowledgeArchive({ table, objects, stage, reference: ports.reference }),
  };
}
