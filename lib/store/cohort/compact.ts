import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ConflictError, UnavailableError } from '../../genomics/errors.ts';
import type { Study, StudyFile, StudySample } from '../../genomics/study.ts';
import { type DuckDb, openDuckDb } from '../duckdb.ts';
import { readLists, readStudy } from '../layout.ts';
import type { ObjectStore } from '../objects.ts';
import type { Table } from '../table.ts';
import { writeCells } from './cells.ts';
import { settled } from './changes.ts';
import { type CohortFile, commitGeneration, storeManifest } from './generation.ts';
import { COHORT_OBJECTS } from './partition.ts';
import { type CompactionPlan, planCompaction } from './plan.ts';
import { openRoster, type Roster } from './roster.ts';
import { type Run, type RunOptions, type RunSource, readPanels, writeRuns } from './runs.ts';

/** What compaction works with. */
export interface CompactParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  /** A new, empty folder on the local disk; removed at the end. */
  readonly stage: () => Promise<string>;
  /** Memory that DuckDB may use, in bytes; beyond it sorts spill to the disk. The process needs as much again. */
  readonly memoryBytes: number;
  readonly threads: number;
}

export interface CompactOptions {
  /** Makes everything anew from the studies, and takes nothing over from the last generation. */
  readonly full?: boolean;
  /** Rows that are read at a time; when not given, as many as surely fit into the memory. */
  readonly runRows?: number;
  readonly progress?: (text: string) => void;
}

export interface CompactReport {
  /** `unchanged`: the generation holds every study as it is. */
  readonly status: 'committed' | 'unchanged';
  readonly generation: number;
  readonly studies: number;
  readonly subjects: number;
  /** Versions of studies that came and that went. */
  readonly added: number;
  readonly removed: number;
  readonly files: number;
  /** Files written now; the others are those of earlier generations. */
  readonly written: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Memory that a row of variants takes while a run is made, at most: where no two rows are alike but for their member. */
const ROW_BYTES = 400;
/** Studies whose file lists and subjects are in memory at a time. */
const BATCH_STUDIES = 1_000;

/**
 * Brings the compacted copy up to date: a new generation, in which only the files with rows of new, changed, deleted or
 * erased data are new. One conditional write makes it visible; whatever happens before changes no answer.
 *
 * @throws ConflictError when someone else compacted meanwhile; UnavailableError when something can't be read or stored
 */
export async function compact(parts: CompactParts, options: CompactOptions = {}): Promise<CompactReport> {
  const { table, objects } = parts;
  const { full = false, runRows = parts.memoryBytes / ROW_BYTES, progress = () => undefined } = options;
  const plan = await planCompaction(table, objects, full);
  const { before, added, removed } = plan;
  if (before !== undefined && added.length + removed.members.length + plan.gone.length === 0) {
    await settle(table, plan);
    return { status: 'unchanged', generation: before.generation, ...summary(plan, openRoster(plan), before.files, 0) };
  }
  const staging = await parts.stage();
  const database = await openDuckDb({ ...parts, temporary: `${staging}/spill` });
  try {
    const connection = await database.connect();
    // Every file is read once or twice: what its footer says need not be kept.
    await connection.run('SET GLOBAL parquet_metadata_cache = false');
    const roster = openRoster(plan);
    const runs = await collectRuns(connection, parts, plan, roster, { staging, runRows }, progress);
    const generation = `${plan.generation}-${randomBytes(4).toString('hex')}`;
    let written = 0;
    const files = await writeCells(runs, before?.files ?? [], removed, {
      connections: [connection, ...(await connections(database, parts.threads - 1))],
      objects,
      staging,
      generation,
      progress: ({ kind, assembly, chromosome, bin }) => {
        written++;
        progress(chromosome === undefined ? kind : `${kind} of ${assembly} chromosome ${chromosome}, bin ${bin}`);
      },
    });
    const manifestKey = `${COHORT_OBJECTS}gen=${generation}/manifest.json`;
    const manifest = await storeManifest(objects, roster.manifest(files), manifestKey, staging);
    await checkStored(objects, [manifest, ...files]);
    if (!(await commitGeneration(table, manifest, plan.generation, plan.head))) {
      throw new ConflictError('someone else compacted meanwhile; the compacted copy is theirs');
    }
    await settle(table, plan);
    return { status: 'committed', generation: plan.generation, ...summary(plan, roster, files, written) };
  } finally {
    database.close();
    await rm(staging, { recursive: true, force: true });
  }
}

const connections = (database: DuckDb, count: number): Promise<DuckDBConnection[]> =>
  Promise.all(Array.from({ length: count }, () => database.connect()));

/** Reads the added studies batch by batch, numbers what they hold, and sets their rows aside in runs. */
async function collectRuns(
  connection: DuckDBConnection,
  { table, objects }: CompactParts,
  { added, erased }: CompactionPlan,
  roster: Roster,
  options: Omit<RunOptions, 'firstRun'>,
  progress: (text: string) => void,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let at = 0; at < added.length; at += BATCH_STUDIES) {
    progress(`reading studies, ${at} of ${added.length}`);
    const heads = added.slice(at, at + BATCH_STUDIES);
    const [studies, files, subjects] = await Promise.all([
      Promise.all(heads.map((head) => readStudy(table, head))),
      readLists<StudyFile>(table, 'FILES', heads),
      readLists<[string, StudySample[]]>(table, 'SUBJECTS', heads),
    ]);
    const numbers = heads.map(() => roster.nextStudy());
    const sources = studies.flatMap((study, place) => sourcesOf(study, numbers[place] as number, files[place] ?? []));
    const { digests, alone } = await readPanels(connection, objects, sources);
    const panels = roster.panels(digests);
    const members = studies.flatMap((study, place) =>
      roster.add(study, numbers[place] as number, subjects[place] ?? [], erased, panels),
    );
    const numbered = sources.flatMap((source) => {
      const panel = panels.get(`${source.study}/${source.file.input}`);
      if (panel?.isNew) return [{ ...source, newPanel: panel.panel }];
      // Of a file that only repeats a panel no row would stay.
      return source.file.kind === 'regions' && alone.has(source.file.sha256) ? [] : [source];
    });
    runs.push(...(await writeRuns(connection, objects, numbered, members, { ...options, firstRun: runs.length })));
  }
  return runs;
}

function sourcesOf(study: Study, number: number, files: readonly StudyFile[]): RunSource[] {
  const { assembly, inputs } = study;
  return files.map((file) => ({
    file,
    assembly: file.kind === 'genotypes' ? undefined : assembly,
    study: number,
    sourceClass: inputs[file.input]?.sourceClass,
    annotations: file.kind === 'variants' ? files.find((one) => annotates(one, file)) : undefined,
  }));
}

const annotates = (one: StudyFile, { input, chromosome }: StudyFile): boolean =>
  one.kind === 'consequences' && one.rows > 0 && one.input === input && one.chromosome === chromosome;

/** @throws UnavailableError when a file that the generation names did not arrive or was swept meanwhile. */
async function checkStored(objects: ObjectStore, files: readonly { readonly key: string; readonly bytes: number }[]) {
  for (const { key, bytes } of files) {
    const found = await objects.head(key);
    if (found?.bytes === bytes) continue;
    throw new UnavailableError('a file of the compacted copy did not arrive in the archive', undefined, {
      cause: new Error(`${key}: ${found?.bytes ?? 'no'} bytes, not ${bytes}`),
    });
  }
}

async function settle(table: Table, { changes, heads }: CompactionPlan): Promise<void> {
  await table.removeAll(settled(changes, heads));
}

function summary(
  { added, gone }: CompactionPlan,
  roster: Roster,
  files: readonly CohortFile[],
  written: number,
): Omit<CompactReport, 'status' | 'generation'> {
  const { studies, subjects } = roster.counts();
  return {
    studies,
    subjects,
    added: added.length,
    removed: gone.length,
    files: files.length,
    written,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
