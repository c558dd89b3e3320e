import type { DuckDBAppender } from '@duckdb/node-api';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { GenomicInterval } from '../genomics/interval.ts';
import type { Transcripts } from '../genomics/ports.ts';
import type { TranscriptModel } from '../genomics/transcript.ts';
import type { Bindings, DuckDb } from '../store/duckdb.ts';
import { baseOf, modelOfRow, TRANSCRIPT_COLUMNS, transcriptRow } from './transcript-schema.ts';

/** Rows per row group: an accession is found by its group's smallest and greatest one. */
const ROW_GROUP_SIZE = 2048;

/** Accessions (all versions of each) that are kept in memory. */
const KEPT = 4096;

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Writes transcript models as one Parquet file, sorted by accession. Of models of one version on one sequence, the
 * first is kept.
 *
 * @param db an instance that may write
 * @throws InvalidInputError when there is nothing to write.
 */
export async function writeTranscripts(
  db: DuckDb,
  models: AsyncIterable<TranscriptModel> | Iterable<TranscriptModel>,
  release: string,
  path: string,
): Promise<{ readonly rows: number; readonly assemblies: readonly Assembly[] }> {
  const seen = new Set<string>();
  const assemblies = new Set<Assembly>();
  const connection = await db.connect();
  try {
    const columns = TRANSCRIPT_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
    await connection.run(`CREATE OR REPLACE TEMP TABLE transcripts (${columns})`);
    const appender = await connection.createAppender('transcripts');
    for await (const model of models) {
      const key = `${model.accession} ${model.genomicAccession}`;
      if (seen.has(key)) continue;
      seen.add(key);
      assemblies.add(model.assembly);
      append(appender, model, release);
    }
    appender.closeSync();
    if (seen.size === 0) throw new InvalidInputError('the file holds no transcript on a chromosome');
    await connection.run(
      `COPY (SELECT * FROM transcripts ORDER BY base, accession, genomic_accession) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_SIZE}, WRITE_BLOOM_FILTER false)`,
    );
    await connection.run('DROP TABLE transcripts');
  } finally {
    connection.closeSync();
  }
  return { rows: seen.size, assemblies: [...assemblies].sort() };
}

function append(appender: DuckDBAppender, model: TranscriptModel, release: string): void {
  for (const value of transcriptRow(model, release)) {
    if (value === null) appender.appendNull();
    else if (typeof value === 'number') appender.appendInteger(value);
    else appender.appendVarchar(value);
  }
  appender.endRow();
}

/** A transcript file with the name of its release. */
export interface TranscriptFile {
  readonly path: string;
  readonly release: string;
  readonly assemblies: readonly Assembly[];
}

/**
 * Transcripts of some files, looked up through DuckDB. Look-ups by accession or by interval that are
 * asked for at the same time become one query; those by accession are kept.
 *
 * @param files where two have one transcript version on one sequence, the earlier file's model is answered
 */
export function openTranscripts(db: DuckDb, files: readonly TranscriptFile[]): Transcripts {
  const from = `read_parquet([${files.map(({ path }) => quoted(path)).join(', ')}])`;
  const order = new Map(files.map(({ release }, i) => [release, i]));
  const columns = TRANSCRIPT_COLUMNS.map(({ name }) => name).join(', ');
  const query = async (where: string, bindings: Bindings): Promise<TranscriptModel[]> => {
    if (files.length === 0) return [];
    const rows: (readonly unknown[])[] = [];
    for await (const chunk of db.chunks(`SELECT ${columns} FROM ${from} WHERE ${where}`, bindings)) {
      rows.push(...chunk.getRows());
    }
    return distinct(rows, order);
  };
  const overlapping = together(async (intervals) =>
    query(
      `genomic_accession IN (SELECT unnest($accessions)) AND EXISTS (
         FROM (SELECT unnest($accessions) AS asked, unnest($starts) AS lo, unnest($ends) AS hi)
         WHERE asked = genomic_accession AND start0 < hi AND end0 > lo)`,
      {
        accessions: { strings: intervals.map(({ accession }) => accession) },
        starts: { integers: intervals.map(({ start0 }) => start0) },
        ends: { integers: intervals.map(endOf) },
      },
    ),
  );
  const versionsOf = batched((bases) => query('base IN (SELECT unnest($bases))', { bases: { strings: bases } }));
  return {
    release: files.map(({ release }) => release).join(' + '),
    assemblies: ASSEMBLIES.filter((assembly) => files.some((file) => file.assemblies.includes(assembly))),
    models: async (accession) => (await versionsOf(baseOf(accession))).filter((model) => model.accession === accession),
    versions: async (accession) =>
      [...new Set((await versionsOf(baseOf(accession))).map((model) => model.accession))].sort(byVersion),
    ofGene: (gene) =>
      /^HGNC:\d+$/i.test(gene)
        ? query('hgnc = $gene', { gene: gene.toUpperCase() })
        : query('upper(gene) = $gene', { gene: gene.toUpperCase() }),
    ofProtein: (protein) =>
      protein.includes('.')
        ? query('protein = $protein', { protein })
        : query("split_part(protein, '.', 1) = $protein", { protein }),
    overlapping,
  };
}

/** One model per transcript version and sequence: that of the earliest release in the list. */
function distinct(rows: readonly (readonly unknown[])[], order: ReadonlyMap<string, number>): TranscriptModel[] {
  const release = TRANSCRIPT_COLUMNS.length - 1;
  const sorted = [...rows].sort((a, b) => (order.get(String(a[release])) ?? 0) - (order.get(String(b[release])) ?? 0));
  const models = new Map<string, TranscriptModel>();
  for (const row of sorted) {
    const model = modelOfRow(row);
    const key = `${model.accession} ${model.genomicAccession}`;
    if (!models.has(key)) models.set(key, model);
  }
  return [...models.values()];
}

function byVersion(a: string, b: string): number {
  return Number(a.split('.')[1]) - Number(b.split('.')[1]);
}

/** An empty interval is the base after it. */
const endOf = ({ start0, end0 }: GenomicInterval): number => Math.max(end0, start0 + 1);

/** Intervals that are asked for in one turn of the event loop become one query. */
function together(
  load: (intervals: readonly GenomicInterval[]) => Promise<readonly TranscriptModel[]>,
): (interval: GenomicInterval) => Promise<readonly TranscriptModel[]> {
  let next: { readonly intervals: GenomicInterval[]; readonly models: Promise<readonly TranscriptModel[]> } | undefined;
  return async (interval) => {
    if (next === undefined) {
      const intervals: GenomicInterval[] = [];
      const models = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        next = undefined;
        return load(intervals);
      });
      next = { intervals, models };
    }
    next.intervals.push(interval);
    const models = await next.models;
    return models.filter(({ genomicAccession, exons }) => {
      const [first, last] = [exons[0], exons.at(-1)];
      if (genomicAccession !== interval.accession || first === undefined || last === undefined) return false;
      return Math.min(first.start0, last.start0) < endOf(interval) && Math.max(first.end0, last.end0) > interval.start0;
    });
  };
}

/** Collects the accessions asked for in one turn of the event loop into one query, and keeps the answers. */
function batched(
  load: (bases: readonly string[]) => Promise<readonly TranscriptModel[]>,
): (base: string) => Promise<readonly TranscriptModel[]> {
  const kept = new Map<string, Promise<readonly TranscriptModel[]>>();
  let next: { readonly bases: Set<string>; readonly answers: Promise<Map<string, TranscriptModel[]>> } | undefined;
  const join = (base: string): Promise<readonly TranscriptModel[]> => {
    if (next === undefined) {
      const bases = new Set<string>();
      const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
        next = undefined;
        return Map.groupBy(await load([...bases]), ({ accession }) => baseOf(accession));
      });
      next = { bases, answers };
    }
    next.bases.add(base);
    return next.answers.then((answers) => answers.get(base) ?? []);
  };
  return (base) => {
    const found = kept.get(base) ?? join(base);
    kept.delete(base);
    kept.set(base, found);
    // A failed look-up is not kept: the next caller tries again.
    found.catch(() => kept.delete(base));
    if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
    return found;
  };
}
