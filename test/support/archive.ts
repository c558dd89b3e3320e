import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBInstance } from '@duckdb/node-api';
import { trim } from '../../lib/genomics/allele.ts';
import type { Assembly, Chromosome } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Study, StudyFile, StudyFileKind, StudyInput, StudySample } from '../../lib/genomics/study.ts';
import type { CommittedStudy } from '../../lib/ingest/ports.ts';
import { type LocalArchive, openLocalArchive } from '../../lib/store/local.ts';
import type { OpenArchive } from '../../lib/store/open-archive.ts';
import {
  CONSEQUENCE_COLUMNS,
  type Column,
  GENOTYPE_COLUMNS,
  JUSTIFIED_COLUMNS,
  REGION_COLUMNS,
  type RegionKind,
  STRUCTURAL_COLUMNS,
  STUDY_ROW_GROUP_SIZE,
  VARIANT_COLUMNS,
} from '../../lib/store/schema.ts';

/** An archive in a temporary folder, and how to be rid of both. */
export interface TemporaryArchive extends LocalArchive {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function temporaryArchive(): Promise<TemporaryArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  const archive = await openLocalArchive(folder, { threads: 1, memoryBytes: 512 * 1_048_576 });
  return {
    ...archive,
    folder,
    async remove() {
      await archive.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Value = string | number | boolean | null;
/** A row by column name; what is absent is NULL. */
export type ParquetRow = Readonly<Record<string, Value>>;

/** A row of a variants file from a VCF record's POS - 1, REF and ALT; `more` overrides its columns. */
export function variantRow(reportedStart0: number, ref: string, alt: string, more: ParquetRow = {}): ParquetRow {
  const { start0, end0 } = trim(interbase(reportedStart0), ref, alt);
  return {
    subject: 'S1',
    input: 0,
    start0,
    end0,
    reported_start0: reportedStart0,
    ref,
    alt,
    filters: 'PASS',
    genotype: '0/1',
    allelic_state: 'heterozygous',
    ...more,
  };
}

/** A precise structural variant; `more` overrides its columns. */
export function structuralRow(
  chromosome: Chromosome,
  changeType: string,
  start0: number,
  end0: number,
  more: ParquetRow = {},
): ParquetRow {
  return {
    subject: 'S1',
    input: 0,
    chromosome,
    start0,
    end0,
    outer_start0: start0,
    outer_end0: end0,
    inner_start0: start0,
    inner_end0: end0,
    imprecise: false,
    change_type: changeType,
    reported_start0: start0 - 1,
    ref: 'N',
    alt: `<${changeType}>`,
    filters: 'PASS',
    ...more,
  };
}

export function regionRow(kind: RegionKind, start0: number, end0: number, more: ParquetRow = {}): ParquetRow {
  return { subject: null, input: 0, kind, start0, end0, ...more };
}

export interface StudySpecification {
  readonly id: string;
  readonly version?: number;
  /** GRCh38 when absent. */
  readonly assembly?: Assembly;
  readonly testDate?: string;
  readonly inputs?: readonly Partial<StudyInput>[];
  /** Subjects and their samples; one subject `S1` with one sample per input when absent. */
  readonly subjects?: ReadonlyMap<string, readonly StudySample[]>;
  readonly variants?: Partial<Record<Chromosome, readonly ParquetRow[]>>;
  readonly structural?: readonly ParquetRow[];
  readonly regions?: Partial<Record<Chromosome, readonly ParquetRow[]>>;
  /** What the file states of alleles; the input names its `annotations`. */
  readonly consequences?: Partial<Record<Chromosome, readonly ParquetRow[]>>;
  readonly genotypes?: readonly ParquetRow[];
}

/** Writes the Parquet files of a study and commits it. */
export async function storeStudy(
  local: Pick<OpenArchive, 'archive'>,
  specification: StudySpecification,
): Promise<CommittedStudy> {
  const study = studyOf(specification);
  const files = await storeFiles(local, study, specification);
  const subjects = specification.subjects ?? new Map([['S1', study.inputs.map((_, input) => sampleOf(input))]]);
  const committed = { study: { ...study, subjects: subjects.size }, files, subjects };
  await local.archive.commit(committed);
  return committed;
}

const sampleOf = (input: number): StudySample => ({ input, sample: `sample${input}` });

/** The study as it would be committed, without its files. */
export function studyOf({
  id,
  version = 1,
  assembly = 'GRCh38',
  testDate = '2024-05-01',
  inputs = [{}],
}: StudySpecification): Study {
  return {
    id,
    version,
    assembly,
    testId: `test-${id}`,
    testDate,
    inputs: inputs.map((input, index) => ({
      checksum: createHash('sha256').update(`${id}/${index}`).digest('hex'),
      name: `${id}-${index}.vcf.gz`,
      studiedRegions: false,
      uncallableRegions: false,
      referenceBlocks: false,
      counts: {},
      ...input,
    })),
    subjects: 1,
    committed: '2024-06-01T00:00:00.000Z',
  };
}

/** Writes and publishes the Parquet files of a study, one per kind, input and chromosome. */
async function storeFiles(
  local: Pick<OpenArchive, 'archive'>,
  study: Study,
  { variants = {}, structural = [], regions = {}, consequences = {}, genotypes = [] }: StudySpecification,
): Promise<StudyFile[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const stage = await local.archive.stage();
  const files: StudyFile[] = [];
  const store = async (kind: StudyFileKind, rows: readonly ParquetRow[], chromosome?: Chromosome): Promise<void> => {
    for (const [input, own] of Map.groupBy(rows, (row) => Number(row['input']))) {
      files.push(
        await storeFile(local, connection, stage, study, { kind, input, rows: own, ...(chromosome && { chromosome }) }),
      );
    }
  };
  for (const [chromosome, rows] of Object.entries(variants)) await store('variants', rows, chromosome as Chromosome);
  for (const [chromosome, rows] of Object.entries(regions)) await store('regions', rows, chromosome as Chromosome);
  for (const [on, rows] of Object.entries(consequences)) await store('consequences', rows, on as Chromosome);
  await store('structural', structural);
  await store('genotypes', genotypes);
  connection.closeSync();
  instance.closeSync();
  await rm(stage, { recursive: true });
  return files;
}

interface NewFile extends Pick<StudyFile, 'kind' | 'input' | 'chromosome'> {
  readonly rows: readonly ParquetRow[];
}

async function storeFile(
  local: Pick<OpenArchive, 'archive'>,
  connection: DuckDBConnection,
  stage: string,
  study: Study,
  { kind, input, chromosome, rows }: NewFile,
): Promise<StudyFile> {
  const path = join(stage, `${kind}-${input}-${chromosome ?? 'all'}.parquet`);
  await writeParquet(connection, path, COLUMNS[kind], rows);
  const bytes = await readFile(path);
  const key = `studies/${study.id}/v=${study.version}-test/chrom=${chromosome ?? 'all'}/${kind}-${input}.parquet`;
  await local.archive.publish(path, key);
  const starts = rows.map((row) => Number(row['start0'] ?? 0));
  const ends = rows.map((row) => Number(row['end0'] ?? 0));
  return {
    key,
    kind,
    input,
    ...(chromosome && { chromosome }),
    rows: rows.length,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    minStart0: Math.min(...starts),
    maxEnd0: Math.max(...ends),
    maxReach: Math.max(...starts.map((start, row) => (ends[row] as number) - start)),
  };
}

const COLUMNS: Readonly<Record<StudyFileKind, readonly Column[]>> = {
  // As the first files were: later columns are absent.
  variants: VARIANT_COLUMNS.filter((column) => !JUSTIFIED_COLUMNS.includes(column)),
  structural: STRUCTURAL_COLUMNS,
  regions: REGION_COLUMNS,
  genotypes: GENOTYPE_COLUMNS,
  consequences: CONSEQUENCE_COLUMNS,
};

/** Writes rows as a study's file has them: sorted, zstd, small row groups. */
async function writeParquet(
  connection: DuckDBConnection,
  path: string,
  columns: readonly Column[],
  rows: readonly ParquetRow[],
): Promise<void> {
  const json = `${path}.json`;
  await writeFile(json, rows.map((row) => JSON.stringify(row)).join('\n'));
  const types = columns.map(({ name, type }) => `"${name}": '${type}'`).join(', ');
  const named = (name: string): boolean => columns.some((column) => column.name === name);
  const order = ['kind', 'subject', 'start0', 'ref', 'alt'].filter(named).map((name) => `"${name}"`);
  await connection.run(
    `COPY (SELECT * FROM read_json('${json}', format = 'newline_delimited', columns = {${types}}) ORDER BY ${order.join()})
    TO '${path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${STUDY_ROW_GROUP_SIZE}, WRITE_BLOOM_FILTER false)`,
  );
  await rm(json);
}

/** The items of all batches of an answer. */
export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
