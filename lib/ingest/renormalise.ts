import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Chromosome, sequenceOf } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { InvalidInputError, NotFoundError } from '../genomics/errors.ts';
import type { Sequences } from '../genomics/ports.ts';
import { isSequenced, type Study, type StudyFile, type StudyInput } from '../genomics/study.ts';
import { openDuckDb } from '../store/duckdb.ts';
import { JUSTIFIED_COLUMNS, VARIANT_COLUMNS } from '../store/schema.ts';
import { literal, writeParquet } from '../store/write-parquet.ts';
import {
  openJustifier,
  type ReferenceFindings,
  referenceCounts,
  referenceFindings,
  type StatedAllele,
} from './justify.ts';
import type { RenormaliseArchive } from './ports.ts';
import { openTsv, readTsv } from './tsv.ts';

/** How far one study is. */
export interface RenormaliseProgress {
  readonly study: string;
  readonly filesDone: number;
  readonly files: number;
}

export interface RenormaliseReport {
  readonly study: string;
  /**
   * `committed`: a new version. `unchanged`: it was normalised with this release already, or the reference holds
   * nothing that would change it.
   */
  readonly status: 'committed' | 'unchanged';
  readonly version: number;
  /** Files of the study that were written anew. */
  readonly rewritten: number;
  /** Distinct insertions and deletions that stay as stated, because their reference bases are not loaded. */
  readonly unnormalised: number;
  /** Places whose REF is not the reference's, and the first few of them in words. */
  readonly mismatches: number;
  readonly examples: readonly string[];
}

const MEMORY_BYTES = 256 * 1_048_576;

/**
 * Compares a study's alleles with the reference that is loaded now and writes the files anew whose justified intervals
 * change, as a new version. One conditional write makes it visible; whatever happens before leaves the study as it was.
 *
 * @throws NotFoundError when there is no such study; InvalidInputError when no sequence is loaded; ConflictError when
 * the study changes meanwhile.
 */
export async function renormalise(
  id: string,
  archive: RenormaliseArchive,
  sequences: Sequences,
  progress: (progress: RenormaliseProgress) => void = () => undefined,
): Promise<RenormaliseReport> {
  if (sequences.release === '') {
    throw new InvalidInputError("no reference sequence is loaded; add one with 'genomics reference add'");
  }
  const version = await archive.nextVersion(id);
  const committed = await archive.study(id);
  if (committed === undefined) throw new NotFoundError(`there is no study '${id}'`);
  const { study } = committed;
  if (!isSequenced(study)) throw new InvalidInputError(`study '${id}' holds genotypes only, and no variants`);
  const nothing = { rewritten: 0, unnormalised: 0, mismatches: 0, examples: [] };
  if (study.referenceRelease === sequences.release) {
    return { study: id, status: 'unchanged', version: study.version, ...nothing };
  }
  const groups = groupsOf(committed.files);
  const findings = new Map<number, ReferenceFindings>(study.inputs.map((_, input) => [input, referenceFindings()]));
  const prefix = `studies/${id}/v=${version}-${randomBytes(4).toString('hex')}`;
  const replaced = new Map<string, RewrittenFile>();
  const staging = await archive.stage();
  const database = await openDuckDb({ memoryBytes: MEMORY_BYTES, threads: 1, temporary: join(staging, 'spill') });
  try {
    const connection = await database.connect();
    let filesDone = 0;
    const files = groups.reduce((sum, group) => sum + group.files.length, 0);
    for (const group of groups) {
      const justifier = openJustifier(
        sequences,
        sequenceOf(study.assembly, group.chromosome)?.accession,
        findings.get(group.input) ?? referenceFindings(),
      );
      for (const file of await rewriteGroup(connection, archive, group, justifier, prefix, staging)) {
        replaced.set(file.key, file);
      }
      filesDone += group.files.length;
      progress({ study: id, filesDone, files });
    }
    connection.closeSync();
    const all = [...findings.values()];
    const found = {
      unnormalised: all.reduce((sum, one) => sum + one.unnormalised, 0),
      mismatches: all.reduce((sum, one) => sum + one.mismatches, 0),
      examples: all.flatMap(({ examples }) => examples).slice(0, 3),
    };
    const release = found.unnormalised === 0 ? sequences.release : undefined;
    if (replaced.size === 0 && release === study.referenceRelease) {
      return { study: id, status: 'unchanged', version: study.version, ...nothing, ...found };
    }
    for (const { path, file } of replaced.values()) await archive.publish(path, file.key);
    await archive.commit({
      study: nextStudy(study, version, release, findings),
      files: committed.files.map((file) => replaced.get(file.key)?.file ?? file),
      subjects: committed.subjects,
    });
    return { study: id, status: 'committed', version, rewritten: replaced.size, ...found };
  } finally {
    database.close();
    await rm(staging, { recursive: true, force: true });
  }
}

/** Variant files of one input and chromosome: their alleles repeat, and each is compared once. */
interface FileGroup {
  readonly input: number;
  readonly chromosome: Chromosome;
  readonly files: readonly StudyFile[];
}

interface RewrittenFile {
  /** Of the file it replaces. */
  readonly key: string;
  readonly path: string;
  readonly file: StudyFile;
}

function groupsOf(files: readonly StudyFile[]): FileGroup[] {
  const variants = files.filter(({ kind, rows }) => kind === 'variants' && rows > 0);
  return [...Map.groupBy(variants, ({ input, chromosome }) => `${input}/${chromosome}`).values()].map((group) => {
    const [{ input, chromosome }] = group as [StudyFile];
    if (chromosome === undefined) throw new Error('a file of variants has no chromosome');
    return { input, chromosome, files: group };
  });
}

async function rewriteGroup(
  connection: DuckDBConnection,
  archive: RenormaliseArchive,
  group: FileGroup,
  justifier: ReturnType<typeof openJustifier>,
  prefix: string,
  staging: string,
): Promise<RewrittenFile[]> {
  const copies = await archive.materialise(group.files);
  try {
    await loadIntervals(connection, copies.paths, justifier, join(staging, 'intervals.tsv'));
    const rewritten: RewrittenFile[] = [];
    for (const [index, file] of group.files.entries()) {
      const from = copies.paths[index] as string;
      if (await isCurrent(connection, from, file)) continue;
      const tail = file.key.split('/').slice(3).join('/');
      const path = join(staging, tail.replaceAll('/', '-'));
      const written = await writeParquet(connection, joinedRows(from), path, VARIANT_COLUMNS);
      if (written.rows !== file.rows) throw new Error(`${file.rows} rows were read, ${written.rows} were written`);
      const { path: _path, ...measured } = written;
      rewritten.push({ key: file.key, path, file: { ...file, ...measured, key: `${prefix}/${tail}` } });
    }
    return rewritten;
  } finally {
    copies.release();
  }
}

const ALLELE = 'reported_start0, ref, alt';
const INTERVAL_FIELDS = 'reported_start0 INTEGER, ref VARCHAR, alt VARCHAR, norm_start0 INTEGER, norm_end0 INTEGER';

/** Makes the table `intervals`: the justified interval of every allele of the files that has one. */
async function loadIntervals(
  connection: DuckDBConnection,
  paths: readonly string[],
  justifier: ReturnType<typeof openJustifier>,
  tsv: string,
): Promise<void> {
  const writer = openTsv(tsv);
  let longestLine = 0;
  try {
    const files = `[${paths.map(literal).join(', ')}]`;
    const result = await connection.stream(
      `SELECT DISTINCT ${ALLELE}, start0, end0 FROM read_parquet(${files}, hive_partitioning = false) ORDER BY ${ALLELE}`,
    );
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; ) {
      const alleles = allelesOf(chunk.getRows());
      for (const allele of justifier.known ? [] : alleles) justifier.pass(allele);
      const intervals = justifier.known ? await justifier.justify(alleles) : [];
      for (const [index, interval] of intervals.entries()) {
        if (interval === undefined) continue;
        const { reportedStart0, ref, alt } = alleles[index] as StatedAllele;
        longestLine = Math.max(longestLine, ref.length + alt.length + 64);
        writer.integer(reportedStart0);
        writer.text(ref);
        writer.text(alt);
        writer.integer(interval.start0);
        writer.integer(interval.end0);
        writer.endRow();
      }
      chunk = await result.fetchChunk();
    }
  } finally {
    writer.close();
  }
  await connection.run(`CREATE OR REPLACE TABLE intervals AS ${readTsv(tsv, INTERVAL_FIELDS, longestLine)}`);
  await rm(tsv);
}

function allelesOf(rows: readonly (readonly unknown[])[]): StatedAllele[] {
  return rows.map(([reported, ref, alt, start, end]) => ({
    reportedStart0: interbase(Number(reported)),
    ref: String(ref),
    alt: String(alt),
    start0: interbase(Number(start)),
    end0: interbase(Number(end)),
  }));
}

/** Whether a file has the columns already, and the intervals of the table in them. */
async function isCurrent(connection: DuckDBConnection, path: string, file: StudyFile): Promise<boolean> {
  if (file.maxSlide === undefined) return false;
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::INTEGER FROM read_parquet(${literal(path)}, hive_partitioning = false) AS v LEFT JOIN intervals AS i USING (${ALLELE})
    WHERE v.norm_start0 IS DISTINCT FROM i.norm_start0 OR v.norm_end0 IS DISTINCT FROM i.norm_end0`,
  );
  return reader.getRows()[0]?.[0] === 0;
}

/** The rows of a file in their order, with the intervals of the table. */
function joinedRows(path: string): string {
  const added = new Set(JUSTIFIED_COLUMNS.map(({ name }) => name));
  const columns = VARIANT_COLUMNS.map(({ name }) => `${added.has(name) ? 'i' : 'v'}."${name}"`);
  return `SELECT ${columns.join(', ')} FROM read_parquet(${literal(path)}, hive_partitioning = false, file_row_number = true) AS v
    LEFT JOIN intervals AS i USING (${ALLELE}) ORDER BY v.file_row_number`;
}

function nextStudy(
  { referenceRelease: _before, ...study }: Study,
  version: number,
  release: string | undefined,
  findings: ReadonlyMap<number, ReferenceFindings>,
): Study {
  const inputs = study.inputs.map((input, index): StudyInput => {
    const { 'reference-mismatch': _mismatches, 'not-normalised': _left, ...kept } = input.counts;
    const found = findings.get(index);
    return { ...input, counts: { ...kept, ...(found && referenceCounts(found)) } };
  });
  return {
    ...study,
    version,
    inputs,
    ...(release === undefined ? {} : { referenceRelease: release }),
    committed: new Date().toISOString(),
  };
}
