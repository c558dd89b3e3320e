import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ASSEMBLIES, type Assembly, type Chromosome, chromosomesOf } from '../../genomics/assembly.ts';
import { readTsv } from '../../ingest/tsv.ts';
import { openDuckDb } from '../../store/duckdb.ts';
import type { KnowledgeFile } from '../../store/knowledge-catalogue.ts';
import {
  ALLELE_COLUMNS,
  LINK_COLUMNS,
  LIST_COLUMNS,
  STATEMENT_COLUMNS,
  TERM_COLUMNS,
} from '../../store/knowledge-schema.ts';
import type { Column } from '../../store/schema.ts';
import { sha256Of } from '../../store/sha256.ts';
import { copyToParquet } from '../../store/write-parquet.ts';
import { STAGED_FIELDS, type StagedPart, type StagedRelease } from './stage-rows.ts';

/** A file of a release on the local disk. */
export interface BuiltFile {
  readonly path: string;
  /** Its name within the release. */
  readonly as: string;
  readonly file: Omit<KnowledgeFile, 'key'>;
}

/** Beyond this DuckDB spills to disk; the process holds some 200 MB beside it. */
const MEMORY_BYTES = 768 * 1_048_576;
const THREADS = 2;
/** Alleles of a release up to this many are one file: a small source then costs one read. */
const ONE_FILE = 200_000;
/** Statements of one file. */
const FILE_ROWS = 250_000;
/** Statements are looked up one by one, positions by the thousand. */
const STATEMENT_GROUP = 2048;
const ALLELE_GROUP = 8192;

/** Builds the files of one release from staged parts, some of which are loaded while others are still written. */
export interface ReleaseBuild {
  /** Loads a part of the staged rows and removes its file. */
  load(part: StagedPart): Promise<void>;
  /**
   * Sorts what was loaded and writes the files of a release: statements numbered along the genome, and their alleles by
   * place.
   *
   * @returns the files, and how many statements name variants by a number that was not given
   */
  build(staged: StagedRelease): Promise<{ readonly files: readonly BuiltFile[]; readonly unplaced: number }>;
  close(): void;
}

/** @param folder of the staged parts and of the files */
export async function openBuild(folder: string): Promise<ReleaseBuild> {
  const database = await openDuckDb({ memoryBytes: MEMORY_BYTES, threads: THREADS, temporary: join(folder, 'spill') });
  const connection = await database.connect();
  for (const [name, fields] of Object.entries(STAGED_FIELDS)) {
    const columns = fields.replaceAll(/(^|, )(\w+)/g, '$1"$2"');
    await connection.run(`CREATE TABLE ${name} (${columns})`);
  }
  return {
    async load({ name, path, longestLine }) {
      await connection.run(`INSERT INTO ${name} ${readTsv(path, STAGED_FIELDS[name], longestLine)}`);
      await rm(path);
    },
    async build(staged) {
      const files = [...(await parquetFiles(connection, folder, staged)), ...(await payloadFiles(folder, staged))];
      return { files, unplaced: staged.numbered ? await unplacedStatements(connection) : 0 };
    },
    close() {
      connection.closeSync();
      database.close();
    },
  };
}

async function parquetFiles(
  connection: DuckDBConnection,
  folder: string,
  staged: StagedRelease,
): Promise<readonly BuiltFile[]> {
  // Two files of a source may place the same numbered variant; others are placed once.
  const placed = staged.numbered ? '(SELECT DISTINCT * FROM placed)' : 'placed';
  // DuckDB keeps the order of rows as they are inserted, numbered and copied: each table is sorted once.
  await connection.run(`CREATE TABLE statements AS
    SELECT (row_number() OVER () - 1)::INTEGER AS number, * FROM (
      SELECT "row", key, kind, conditions, treatments, json FROM rows LEFT JOIN (
        SELECT key, min(${PLACE}) AS place FROM placed GROUP BY key
      ) USING (key) ORDER BY place, "row")`);
  await connection.run('DROP TABLE rows');
  await connection.run(`CREATE TABLE alleles AS
    SELECT assembly, chromosome, coalesce(context_start0, start0) AS at0, start0, end0, coalesce(deleted, '') AS deleted,
      coalesce(inserted, '') AS inserted, context_start0, context_end0, kind, conditions, treatments, number
    FROM ${placed} JOIN statements USING (key)
    ORDER BY assembly, chromosome, at0, number`);
  const files = [...(await alleleFiles(connection, folder)), ...(await statementFiles(connection, folder, staged))];
  const linked = `SELECT l.kind, l.scope, l.code, l.display, s.conditions, s.treatments, s.number
    FROM links AS l JOIN statements AS s USING ("row")`;
  const whole = [
    ['lists', LIST_COLUMNS, 'SELECT * FROM lists ORDER BY list'],
    ['terms', TERM_COLUMNS, 'SELECT * FROM terms ORDER BY code, system, list'],
    ['links', LINK_COLUMNS, `SELECT * FROM (${linked}) ORDER BY scope, code, number`],
  ] as const;
  for (const [kind, columns, sql] of whole) {
    const built = await write(connection, folder, kind, projection(columns, sql), STATEMENT_GROUP, { kind });
    if (built.file.rows > 0) files.push(built);
  }
  return files;
}

/** Order of an allele along the genome. */
const PLACE = `CASE chromosome WHEN 'X' THEN 23 WHEN 'Y' THEN 24 WHEN 'MT' THEN 25 WHEN 'MT-hg19' THEN 26 ELSE chromosome::INTEGER END::BIGINT * 1000000000 + start0`;

async function alleleFiles(connection: DuckDBConnection, folder: string): Promise<BuiltFile[]> {
  const total = await countOf(connection, 'SELECT count(*)::INTEGER FROM alleles');
  if (total === 0) return [];
  const parts: { assembly?: Assembly; chromosome?: Chromosome }[] =
    total <= ONE_FILE
      ? [{}]
      : ASSEMBLIES.flatMap((assembly) => chromosomesOf(assembly).map(({ chromosome }) => ({ assembly, chromosome })));
  const files: BuiltFile[] = [];
  for (const { assembly, chromosome } of parts) {
    const where = assembly === undefined ? 'true' : `assembly = '${assembly}' AND chromosome = '${chromosome}'`;
    const unsettled = await countOf(
      connection,
      `SELECT count(*)::INTEGER FROM alleles WHERE ${where} AND context_start0 IS NULL AND (deleted = '') <> (inserted = '')`,
    );
    const name = assembly === undefined ? 'alleles' : `alleles-${assembly}-${chromosome}`;
    const built = await write(
      connection,
      folder,
      name,
      `${projection(ALLELE_COLUMNS, `SELECT * FROM alleles WHERE ${where}`)}`,
      ALLELE_GROUP,
      { kind: 'alleles', ...(assembly && { assembly }), ...(chromosome && { chromosome }), unsettled },
    );
    if (built.file.rows > 0) files.push(built);
  }
  return checked(files, total);
}

async function statementFiles(
  connection: DuckDBConnection,
  folder: string,
  { statements }: StagedRelease,
): Promise<readonly BuiltFile[]> {
  const total = statements.dx + statements.tx + statements.mc;
  const files: BuiltFile[] = [];
  for (let first = 0; first < total; first += FILE_ROWS) {
    const last = Math.min(total, first + FILE_ROWS) - 1;
    const sql = `SELECT * FROM statements WHERE number BETWEEN ${first} AND ${last}`;
    files.push(
      await write(connection, folder, `rows-${first}`, projection(STATEMENT_COLUMNS, sql), STATEMENT_GROUP, {
        kind: 'rows',
        first,
        last,
      }),
    );
  }
  return checked(files, total);
}

/** Rows in must be rows out: one that is lost would be a false negative. */
function checked(files: BuiltFile[], expected: number): BuiltFile[] {
  const rows = files.reduce((sum, { file }) => sum + file.rows, 0);
  if (rows !== expected) throw new Error(`${expected} rows were staged, but the Parquet files have ${rows}`);
  return files;
}

async function payloadFiles(folder: string, { payloads }: StagedRelease): Promise<readonly BuiltFile[]> {
  const files: BuiltFile[] = [];
  for (const [index, [name, value]] of [...payloads].entries()) {
    const path = join(folder, `payload-${index}.json`);
    await writeFile(path, JSON.stringify(value));
    files.push({
      path,
      as: `payload-${index}.json`,
      file: { kind: 'payload', name, rows: 0, bytes: (await stat(path)).size, sha256: await sha256Of(path) },
    });
  }
  return files;
}

async function write(
  connection: DuckDBConnection,
  folder: string,
  name: string,
  sql: string,
  rowGroup: number,
  file: Pick<KnowledgeFile, 'kind' | 'assembly' | 'chromosome' | 'unsettled' | 'first' | 'last'>,
): Promise<BuiltFile> {
  const as = `${name}.parquet`;
  const path = join(folder, as);
  await copyToParquet(connection, sql, path, { rowGroupSize: rowGroup });
  const rows = await countOf(connection, `SELECT count(*)::INTEGER FROM read_parquet('${path.replaceAll("'", "''")}')`);
  return { path, as, file: { ...file, rows, bytes: (await stat(path)).size, sha256: await sha256Of(path) } };
}

function projection(columns: readonly Column[], sql: string): string {
  const list = columns.map(({ name, type }) => `CAST("${name}" AS ${type}) AS "${name}"`).join(', ');
  return `SELECT ${list} FROM (${sql})`;
}

async function countOf(connection: DuckDBConnection, sql: string): Promise<number> {
  const reader = await connection.runAndReadAll(sql);
  return Number(reader.getRows()[0]?.[0] ?? 0);
}

function unplacedStatements(connection: DuckDBConnection): Promise<number> {
  return countOf(
    connection,
    'SELECT count(*)::INTEGER FROM statements WHERE key < 0 AND key NOT IN (SELECT key FROM placed)',
  );
}
