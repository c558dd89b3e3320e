import { rm } from 'node:fs/promises';
import type { AllelicState, SourceClass } from '../genomics/allele.ts';
import { openDuckDb } from '../store/duckdb.ts';
import {
  COHORT_FILE_ROWS,
  CONSEQUENCE_COLUMNS,
  type Column,
  REGION_COLUMNS,
  REGION_KINDS,
  STRUCTURAL_COLUMNS,
  VARIANT_COLUMNS,
} from '../store/schema.ts';
import { literal, type WrittenFile, writeParquet } from '../store/write-parquet.ts';
import type { CallRow } from './calls.ts';
import { loadCarriers } from './carrier-table.ts';
import { type CarrierPart, NO_TEXT } from './carriers.ts';
import { CONSEQUENCE_FIELDS, type ConsequencePart } from './consequences.ts';
import { EVERYONE, type RegionPart } from './regions.ts';
import { countBySample, cutAtSubjects, inSubjectOrder, type SubjectRange } from './subject-order.ts';
import { openTsv, readTsv, type TsvWriter } from './tsv.ts';

/** A Parquet file of one range of subjects; without `subjects`, of all of them. */
export interface WrittenRange extends WrittenFile {
  readonly subjects?: { readonly first: string; readonly last: string };
}

/** What the rows of one input share. */
export interface InputConstants {
  readonly input: number;
  readonly sourceClass: SourceClass | undefined;
  /** Subject ids in the order of their indexes, which is ascending. */
  readonly subjects: readonly string[];
}

/** Turns collected rows into Parquet. One call at a time. `pathOf` names the file of the n-th range of subjects. */
export interface ParquetWriter {
  variants(part: CarrierPart, calls: readonly CallRow[], pathOf: PathOf): Promise<readonly WrittenRange[]>;
  structural(part: CarrierPart, calls: readonly CallRow[], pathOf: PathOf): Promise<readonly WrittenRange[]>;
  regions(part: RegionPart, pathOf: PathOf): Promise<readonly WrittenRange[]>;
  consequences(part: ConsequencePart, pathOf: PathOf): Promise<readonly WrittenRange[]>;
  close(): void;
}

type PathOf = (range: number) => string;

/** Columns of an allele's TSV after its number, as the scanner writes them. */
const ALLELE_FIELDS =
  'start0 INTEGER, end0 INTEGER, reported_start0 INTEGER, ref VARCHAR, alt VARCHAR, ids VARCHAR, filters VARCHAR';
const VARIANT_ALLELE_FIELDS = `${ALLELE_FIELDS}, norm_start0 INTEGER, norm_end0 INTEGER`;
const STRUCTURAL_ALLELE_FIELDS = `chromosome VARCHAR, ordinal INTEGER, ${ALLELE_FIELDS}, outer_start0 INTEGER, outer_end0 INTEGER, inner_start0 INTEGER, inner_end0 INTEGER, imprecise INTEGER, change_type VARCHAR, copy_number FLOAT, sv_length INTEGER, mate_contig VARCHAR, mate_start0 INTEGER`;
const CALL_FIELDS =
  'call INTEGER, genotype VARCHAR, allelic_state VARCHAR, called_phase_set VARCHAR, haplotypes SMALLINT';

const REGION_FIELDS = 'sample INTEGER, number INTEGER, start0 INTEGER, end0 INTEGER';

/** Beyond this DuckDB spills to disk; the process holds as much again beside it. */
const MEMORY_BYTES = 256 * 1_048_576;
/** One thread, because the scanner has the other core, and because only then COPY keeps the order of its rows. */
const THREADS = 1;

const ALLELIC_STATES: readonly AllelicState[] = [
  'heterozygous',
  'homozygous',
  'hemizygous',
  'homoplasmic',
  'heteroplasmic',
];
/** Enumerations are written to Parquet in half the time of text; every row group repeats all values of one. */
const MOST_ENUMERATED = 64;

/** Columns whose expression is not simply the column of that name. */
const PLAIN_EXPRESSIONS: Readonly<Record<string, string>> = {
  phase_set: 'called_phase_set',
  allele_depth: 'NULL',
  depth: 'NULL',
  allele_fraction: 'NULL',
};
const DETAILED_EXPRESSIONS: Readonly<Record<string, string>> = {
  filters: "CASE WHEN f.text IS NULL THEN filters ELSE filters || ';' || f.text END",
  phase_set: 'coalesce(p.text, called_phase_set)',
  copy_number: 'coalesce(sample_copy_number, copy_number)',
};

export async function openParquetWriter(staging: string, constants: InputConstants): Promise<ParquetWriter> {
  const database = await openDuckDb({ memoryBytes: MEMORY_BYTES, threads: THREADS, temporary: `${staging}/spill` });
  const connection = await database.connect();
  // Rows come sorted, and keep their order only if they are the side that streams through the joins: DuckDB must not
  // swap the sides.
  await connection.run('SET preserve_insertion_order = true');
  await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
  const { sourceClass, subjects } = constants;
  const shared = {
    input: `CAST(${constants.input} AS SMALLINT)`,
    source_class:
      sourceClass === undefined
        ? 'CAST(NULL AS VARCHAR)'
        : `CAST(${literal(sourceClass)} AS ${enumeration([sourceClass])})`,
  };
  await load('subjects', `${staging}/subjects.tsv`, 'sample INTEGER, subject VARCHAR', (writer) => {
    for (const [index, subject] of subjects.entries()) writeRow(writer, [index, subject]);
  });

  return {
    variants: (part, calls, pathOf) =>
      carriers(part, calls, VARIANT_COLUMNS, VARIANT_ALLELE_FIELDS, 'start0, ref, alt, allele', pathOf),
    structural: (part, calls, pathOf) =>
      carriers(part, calls, STRUCTURAL_COLUMNS, STRUCTURAL_ALLELE_FIELDS, 'ordinal, start0, ref, alt, allele', pathOf),
    regions,
    consequences,
    close() {
      connection.closeSync();
      database.close();
    },
  };

  async function carriers(
    part: CarrierPart,
    calls: readonly CallRow[],
    columns: readonly Column[],
    alleleFields: string,
    order: string,
    pathOf: PathOf,
  ): Promise<readonly WrittenRange[]> {
    const file = await part.finish();
    const alleles = readTsv(file.path, `allele INTEGER, ${alleleFields}`, file.longestLine);
    await connection.run(`CREATE OR REPLACE TABLE alleles AS SELECT * REPLACE (
      CAST(filters AS ${enumeration(part.filters)}) AS filters) FROM (${alleles})`);
    await rm(file.path);
    await loadCalls(calls, `${file.path}.calls`);
    const { sample, allele, details, texts } = part.carriers;
    await load('texts', `${file.path}.texts`, 'number INTEGER, text VARCHAR', (writer) => {
      writeRow(writer, [NO_TEXT, undefined]);
      for (const [index, text] of texts.entries()) writeRow(writer, [index, text]);
    });
    const rows = inSubjectOrder(sample, allele, await ranksOf(order, file.rows), subjects.length);
    const ranges = cutAtSubjects(countBySample(sample, subjects.length), COHORT_FILE_ROWS);
    // The subjects of one file carry few of the alleles of a diverse cohort: the others need not be hashed each time.
    const some = ranges.length > 1 && file.rows > COHORT_FILE_ROWS;
    const carried = some ? '(SELECT * FROM alleles WHERE allele IN (SELECT allele FROM carriers))' : 'alleles';
    const detailed =
      details === undefined ? '' : 'JOIN texts AS p ON phase_set = p.number JOIN texts AS f ON ft = f.number';
    const expressions = { ...shared, ...(details === undefined ? PLAIN_EXPRESSIONS : DETAILED_EXPRESSIONS) };
    const sql = `SELECT ${projection(columns, expressions)} FROM carriers JOIN ${carried} USING (allele)
      JOIN calls USING (call) JOIN subjects USING (sample) ${detailed}`;
    const written: WrittenRange[] = [];
    for (const [index, range] of ranges.entries()) {
      await loadCarriers(connection, part.carriers, rows, range);
      const one = await writeParquet(connection, sql, pathOf(index), columns);
      written.push(ofSubjects(checked(one, range.to - range.from), range));
    }
    return checkedSum(written, part.rows);
  }

  async function loadCalls(calls: readonly CallRow[], path: string): Promise<void> {
    await load('plain_calls', path, CALL_FIELDS, (writer) => {
      for (const [index, { genotype, allelicState, phased, haplotypes }] of calls.entries()) {
        writeRow(writer, [index, genotype, allelicState, phased ? '.' : undefined, haplotypes]);
      }
    });
    const genotypes = [...new Set(calls.flatMap(({ genotype }) => genotype ?? []))];
    await connection.run(`CREATE OR REPLACE TABLE calls AS SELECT * REPLACE (
      CAST(genotype AS ${enumeration(genotypes)}) AS genotype,
      CAST(allelic_state AS ${enumeration(ALLELIC_STATES)}) AS allelic_state,
      CAST(called_phase_set AS ${enumeration(['.'])}) AS called_phase_set) FROM plain_calls`);
  }

  async function load(table: string, path: string, fields: string, fill: (writer: TsvWriter) => void): Promise<void> {
    const writer = openTsv(path);
    fill(writer);
    writer.close();
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS ${readTsv(path, fields)}`);
    await rm(path);
  }

  /** The place of each allele in the order of the file. */
  async function ranksOf(order: string, alleles: number): Promise<Int32Array> {
    const ranks = new Int32Array(alleles);
    let rank = 0;
    const result = await connection.stream(`SELECT allele FROM alleles ORDER BY ${order}`);
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; ) {
      for (const allele of chunk.getColumnValues(0)) ranks[Number(allele)] = rank++;
      chunk = await result.fetchChunk();
    }
    if (rank !== alleles) throw new Error(`${alleles} alleles were written, but ${rank} came back`);
    return ranks;
  }

  /** All rows in one file or, when they are many, those of everyone in one and those of single subjects in others. */
  async function regions(part: RegionPart, pathOf: PathOf): Promise<readonly WrittenRange[]> {
    const { writer, counts } = part;
    const kinds = REGION_KINDS.map((kind, index) => `(${index}, CAST('${kind}' AS ${enumeration(REGION_KINDS)}))`);
    await connection.run(`CREATE OR REPLACE TABLE regions AS SELECT * FROM (${readTsv(writer.path, REGION_FIELDS)})
      JOIN (VALUES ${kinds.join(', ')}) AS k(number, kind) USING (number) LEFT JOIN subjects USING (sample)`);
    await rm(writer.path);
    const select = (where: string, order: string): string =>
      `SELECT ${projection(REGION_COLUMNS, shared)} FROM regions WHERE ${where} ORDER BY ${order}`;
    if (writer.rows <= COHORT_FILE_ROWS) {
      const whole = await writeParquet(
        connection,
        select('true', 'kind::VARCHAR, start0, sample'),
        pathOf(0),
        REGION_COLUMNS,
      );
      return [checked(whole, writer.rows)];
    }
    const written: WrittenRange[] = [];
    const ranges = cutAtSubjects(counts, COHORT_FILE_ROWS);
    const ofEveryone = writer.rows - (ranges.at(-1)?.to ?? 0);
    if (ofEveryone > 0) {
      const sql = select(`sample = ${EVERYONE}`, 'kind::VARCHAR, start0');
      written.push(checked(await writeParquet(connection, sql, pathOf(0), REGION_COLUMNS), ofEveryone));
    }
    for (const range of ranges) {
      const sql = select(`sample BETWEEN ${range.first} AND ${range.last}`, 'sample, kind::VARCHAR, start0');
      const one = await writeParquet(connection, sql, pathOf(written.length), REGION_COLUMNS);
      written.push(ofSubjects(checked(one, range.to - range.from), range));
    }
    return checkedSum(written, writer.rows);
  }

  async function consequences(
    { writer, longestLine }: ConsequencePart,
    pathOf: PathOf,
  ): Promise<readonly WrittenRange[]> {
    const rows = readTsv(writer.path, CONSEQUENCE_FIELDS, longestLine);
    const sql = `SELECT ${projection(CONSEQUENCE_COLUMNS, shared)} FROM (${rows}) ORDER BY start0, ref, alt, ordinal`;
    const written = checked(await writeParquet(connection, sql, pathOf(0), CONSEQUENCE_COLUMNS), writer.rows);
    await rm(writer.path);
    return [written];
  }

  function ofSubjects(file: WrittenFile, { first, last }: SubjectRange): WrittenRange {
    return { ...file, subjects: { first: subjects[first] as string, last: subjects[last] as string } };
  }
}

function projection(columns: readonly Column[], expressions: Readonly<Record<string, string>>): string {
  return columns
    .map(({ name, type }) => {
      const expression = expressions[name] ?? name;
      // Text may be an enumeration, which Parquet readers see as text.
      const cast = type === 'VARCHAR' && expression !== 'NULL' ? expression : `CAST(${expression} AS ${type})`;
      return `${cast} AS ${name}`;
    })
    .join(', ');
}

/** The type of a column of few values; text when there are many, or none. */
function enumeration(values: readonly string[] | undefined): string {
  if (values === undefined || values.length === 0 || values.length > MOST_ENUMERATED) return 'VARCHAR';
  return `ENUM(${values.map(literal).join(', ')})`;
}

function writeRow(writer: TsvWriter, values: readonly (string | number | undefined)[]): void {
  for (const value of values) {
    if (typeof value === 'number') writer.number(value);
    else writer.text(value);
  }
  writer.endRow();
}

/** Rows in must be rows out: a join that lost one would be a false negative. */
function checked(written: WrittenFile, expected: number): WrittenFile {
  if (written.rows !== expected) {
    throw new Error(`${expected} rows were written, but the Parquet file has ${written.rows}`);
  }
  return written;
}

function checkedSum(written: readonly WrittenRange[], expected: number): readonly WrittenRange[] {
  const rows = written.reduce((sum, file) => sum + file.rows, 0);
  if (rows !== expected) throw new Error(`${expected} rows were collected, but the Parquet files have ${rows}`);
  return written;
}
