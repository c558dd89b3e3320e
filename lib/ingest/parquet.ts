import { rm, stat } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { SourceClass } from '../genomics/allele.ts';
import { openDuckDb } from '../store/duckdb.ts';
import {
  type Column,
  REGION_COLUMNS,
  REGION_KINDS,
  SCHEMA_VERSION,
  STRUCTURAL_COLUMNS,
  STUDY_ROW_GROUP_SIZE,
  VARIANT_COLUMNS,
} from '../store/schema.ts';
import type { CallRow } from './calls.ts';
import type { CarrierPart } from './carriers.ts';
import { fileDigest } from './checksum.ts';
import { openTsv, type TsvWriter } from './tsv.ts';

/** A Parquet file, written, read back and measured. */
export interface WrittenFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly minStart0: number;
  readonly maxEnd0: number;
  readonly maxReach: number;
}

/** What the rows of one input share. */
export interface InputConstants {
  readonly input: number;
  readonly sourceClass: SourceClass | undefined;
  /** Subject ids in the order of their indexes, which is ascending. */
  readonly subjects: readonly string[];
}

/** Turns the collected TSVs into Parquet. One call at a time. */
export interface ParquetWriter {
  variants(part: CarrierPart, calls: readonly CallRow[], path: string): Promise<WrittenFile>;
  structural(part: CarrierPart, calls: readonly CallRow[], path: string): Promise<WrittenFile>;
  regions(rows: TsvWriter, path: string): Promise<WrittenFile>;
  close(): void;
}

/** Columns of an allele's TSV after its number, as the scanner writes them. */
export const VARIANT_ALLELE_FIELDS =
  'start0 INTEGER, end0 INTEGER, reported_start0 INTEGER, ref VARCHAR, alt VARCHAR, ids VARCHAR, filters VARCHAR';
export const STRUCTURAL_ALLELE_FIELDS = `chromosome VARCHAR, ordinal INTEGER, ${VARIANT_ALLELE_FIELDS}, outer_start0 INTEGER, outer_end0 INTEGER, inner_start0 INTEGER, inner_end0 INTEGER, imprecise INTEGER, change_type VARCHAR, copy_number FLOAT, sv_length INTEGER, mate_contig VARCHAR, mate_start0 INTEGER`;
const PLAIN_FIELDS = 'sample INTEGER, allele INTEGER, call INTEGER';
const DETAIL_FIELDS = `${PLAIN_FIELDS}, phase_set VARCHAR, allele_depth INTEGER, depth INTEGER, allele_fraction FLOAT, ft VARCHAR, sample_copy_number FLOAT`;

const CALL_FIELDS = 'call INTEGER, genotype VARCHAR, allelic_state VARCHAR, phased INTEGER, haplotypes INTEGER';

/** Sorting spills to disk beyond this; the process holds as much again beside it. */
const MEMORY_BYTES = 256 * 1_048_576;
/**
 * One thread, because the scanner has the other core, and because only then COPY keeps the order of its rows: with two,
 * one row group in three came out of order. It is also the cheaper way: 3.7 s of CPU time instead of 4.5 s for 2.75 M rows.
 */
const THREADS = 1;

/**
 * Distinct values of a row group up to which a column is written as a dictionary. Beyond, the attempt costs a quarter of
 * all the time spent on a cohort, and the file comes out larger (22.7 MB against 21.6 MB for 2.75 M rows).
 */
const DICTIONARY_VALUES = 256;

/** DuckDB's own limit of a CSV line, which a long allele may pass. */
const DEFAULT_LINE = 2_097_152;

/** Columns whose expression is not simply the column of that name. */
const EXPRESSIONS: Readonly<Record<string, string>> = {
  filters: "CASE WHEN ft IS NULL THEN filters ELSE filters || ';' || ft END",
  phase_set: "coalesce(phase_set, CASE WHEN phased = 1 THEN '.' END)",
  copy_number: 'coalesce(sample_copy_number, copy_number)',
};

export async function openParquetWriter(staging: string, constants: InputConstants): Promise<ParquetWriter> {
  const database = await openDuckDb({ memoryBytes: MEMORY_BYTES, threads: THREADS, temporary: `${staging}/spill` });
  const connection = await database.connect();
  // Rows are sorted as narrow integers and joined afterwards (a third of the time of sorting whole rows). That keeps the
  // order only if the sorted side is the one that streams through the join, so that DuckDB must not swap the sides.
  await connection.run('SET preserve_insertion_order = true');
  await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
  const subjects = await writeSubjects(`${staging}/subjects.tsv`, constants.subjects);
  await connection.run(`CREATE TABLE subjects AS ${csv(subjects, 'sample INTEGER, subject VARCHAR')}`);
  const shared = `CAST(${constants.input} AS SMALLINT) AS input, ${text(constants.sourceClass)} AS source_class`;

  const carriers = async (
    part: CarrierPart,
    calls: readonly CallRow[],
    columns: readonly Column[],
    alleleFields: string,
    order: string,
    path: string,
  ): Promise<WrittenFile> => {
    const callFile = await writeCalls(`${part.alleles}.calls`, calls);
    const line = Math.max(DEFAULT_LINE, part.longestLine * 2);
    const details =
      'NULL AS phase_set, NULL AS allele_depth, NULL AS depth, NULL AS allele_fraction, NULL AS ft, NULL AS sample_copy_number';
    const plain = `SELECT *, ${details} FROM (${csv(part.plain.path, PLAIN_FIELDS)})`;
    const detailed = csv(part.detailed.path, DETAIL_FIELDS);
    const rows = part.detailed.rows === 0 ? plain : part.plain.rows === 0 ? detailed : `${plain} UNION ALL ${detailed}`;
    const alleles = csv(part.alleles, `allele INTEGER, ${alleleFields}`, line);
    const ranks = `SELECT allele, row_number() OVER (ORDER BY ${order}) AS rank FROM (${alleles})`;
    // One 64-bit key sorts faster than two columns.
    const sorted = `SELECT * FROM (SELECT r.*, sample::BIGINT * 4294967296 + rank AS key FROM (${rows}) AS r JOIN (${ranks}) USING (allele))
      ORDER BY key`;
    const joined = `SELECT *, ${shared} FROM (${sorted}) JOIN (${alleles}) USING (allele)
      JOIN (${csv(callFile, CALL_FIELDS)}) USING (call) JOIN subjects USING (sample)`;
    const written = await copy(connection, `SELECT ${projection(columns)} FROM (${joined})`, path);
    await Promise.all([part.alleles, part.plain.path, part.detailed.path, callFile].map((file) => rm(file)));
    return checked(written, part.rows);
  };

  return {
    variants: (part, calls, path) =>
      carriers(part, calls, VARIANT_COLUMNS, VARIANT_ALLELE_FIELDS, 'start0, ref, alt, allele', path),
    structural: (part, calls, path) =>
      carriers(part, calls, STRUCTURAL_COLUMNS, STRUCTURAL_ALLELE_FIELDS, 'ordinal, start0, ref, alt, allele', path),
    async regions(rows, path) {
      const kinds = REGION_KINDS.map((kind, index) => `(${index}, '${kind}')`).join(', ');
      const joined = `SELECT *, ${shared} FROM (${csv(rows.path, 'sample INTEGER, number INTEGER, start0 INTEGER, end0 INTEGER')})
        JOIN (VALUES ${kinds}) AS k(number, kind) USING (number) LEFT JOIN subjects USING (sample)`;
      const sql = `SELECT ${projection(REGION_COLUMNS)} FROM (${joined}) ORDER BY kind, start0, sample`;
      const written = await copy(connection, sql, path);
      await rm(rows.path);
      return checked(written, rows.rows);
    },
    close() {
      connection.closeSync();
      database.close();
    },
  };
}

function projection(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `CAST(${EXPRESSIONS[name] ?? name} AS ${type}) AS ${name}`).join(', ');
}

function csv(path: string, fields: string, line = DEFAULT_LINE): string {
  const columns = fields
    .split(', ')
    .map((field) => field.split(' '))
    .map(([name, type]) => `'${name}': '${type}'`);
  return `SELECT * FROM read_csv(${text(path)}, delim = '\\t', header = false, auto_detect = false, quote = '', escape = '',
    nullstr = '', new_line = '\\n', max_line_size = ${line}, columns = {${columns.join(', ')}})`;
}

/** A VARCHAR literal; undefined is a typed NULL. */
function text(value: string | undefined): string {
  return value === undefined ? 'CAST(NULL AS VARCHAR)' : `'${value.replaceAll("'", "''")}'`;
}

async function writeSubjects(path: string, subjects: readonly string[]): Promise<string> {
  const writer = openTsv(path);
  for (const [index, subject] of subjects.entries()) {
    writer.integer(index);
    writer.text(subject);
    writer.endRow();
  }
  writer.close();
  return path;
}

async function writeCalls(path: string, calls: readonly CallRow[]): Promise<string> {
  const writer = openTsv(path);
  for (const [index, call] of calls.entries()) {
    writer.integer(index);
    writer.text(call.genotype);
    writer.text(call.allelicState);
    writer.integer(call.phased ? 1 : 0);
    writer.number(call.haplotypes);
    writer.endRow();
  }
  writer.close();
  return path;
}

/** Writes a query's rows and reads the finished file back. */
async function copy(connection: DuckDBConnection, sql: string, path: string): Promise<WrittenFile> {
  await connection.run(`COPY (${sql}) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd,
    ROW_GROUP_SIZE ${STUDY_ROW_GROUP_SIZE}, WRITE_BLOOM_FILTER false,
    DICTIONARY_SIZE_LIMIT ${DICTIONARY_VALUES}, KV_METADATA {schemaVersion: '${SCHEMA_VERSION}'})`);
  const bounds = sql.includes('outer_start0') ? ['outer_start0', 'outer_end0'] : ['start0', 'end0'];
  const [low, high] = bounds;
  const reader =
    await connection.runAndReadAll(`SELECT count(*)::INTEGER, coalesce(min(least(start0, ${low})), 0)::INTEGER,
    coalesce(max(greatest(end0, ${high})), 0)::INTEGER,
    coalesce(max(greatest(end0, ${high}) - least(start0, ${low})), 0)::INTEGER FROM read_parquet(${text(path)})`);
  const [rows, minStart0, maxEnd0, maxReach] = reader.getRows()[0] as number[] as [number, number, number, number];
  return { path, rows, minStart0, maxEnd0, maxReach, bytes: (await stat(path)).size, sha256: await fileDigest(path) };
}

/** Rows in must be rows out: a join that lost one would be a false negative. */
function checked(written: WrittenFile, expected: number): WrittenFile {
  if (written.rows !== expected) {
    throw new Error(`${expected} rows were written, but the Parquet file has ${written.rows}`);
  }
  return written;
}
