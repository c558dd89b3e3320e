import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Chromosome, sequenceOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { findPopulationDxImplications } from '../../lib/operations/find-population-dx-implications.ts';
import { findPopulationSpecificHaplotypes } from '../../lib/operations/find-population-specific-haplotypes.ts';
import { findPopulationTxImplications } from '../../lib/operations/find-population-tx-implications.ts';
import type { PopulationQuestions } from '../../lib/operations/population-ports.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import type { Operation } from '../../lib/operations/row.ts';
import type { CompactReport } from '../../lib/store/cohort/compact.ts';
import { parquetPopulation } from '../../lib/store/cohort/population.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { LOCAL_TABLE, openLocalDynamo } from '../../lib/store/local-dynamodb.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { dynamoTable } from '../../lib/store/table.ts';
import { collect } from '../support/archive.ts';
import { between, pick, seeded } from '../support/random.ts';
import { type CohortShape, generateCohort } from './cohort-generator.ts';
import { loadCohortKnowledge, type Site } from './cohort-knowledge.ts';
import { inOwnProcess, median, ms, percentile, seconds, table, timed } from './measure.ts';
import { withServer } from './server.ts';

const SEED = 100;
const WARM = 100;
/** Memory that compaction gives DuckDB; the process needs as much again at most. */
const COMPACT_MB = 1_536;
const GENE_BASES = 50_000;

interface Question {
  readonly url: string;
  /** The same by the ports, without HTTP. */
  ask(ports: Ports): Promise<unknown>;
}

interface Kind {
  readonly what: string;
  readonly questions: readonly Question[];
}

/** Questions about everyone through HTTP, and what compaction takes, for cohorts of several sizes. */
export async function cohortBench(
  folder: string,
  sizes: readonly number[],
  cohort: Omit<CohortShape, 'subjects' | 'seed'>,
  say: (line: string) => void,
): Promise<string> {
  const compaction = [
    [
      'subjects',
      'studies',
      'rows',
      'compaction, s',
      'peak memory, GB',
      'studies, kB a subject',
      'compacted, kB a subject',
    ],
  ];
  const asked = [['question', 'subjects', 'HTTP p50, ms', 'p95', 'files opened', 'kB read', 'p50 / smallest cohort']];
  const first = new Map<string, number>();
  for (const subjects of sizes) {
    const data = join(folder, `cohort-${subjects}`);
    const archive = await openLocalArchive(data);
    await generateCohort(archive, { ...cohort, subjects, seed: SEED }, say);
    await archive.close();
    const { report, milliseconds, peakBytes } = await inOwnProcess<{
      readonly report: CompactReport;
      readonly milliseconds: number;
      readonly peakBytes: number;
    }>('test/bench/compact-process.ts', data, String(COMPACT_MB));
    const perSubject = (folderName: string): string =>
      (bytesIn(join(data, 'objects', folderName)) / subjects / 1000).toFixed(1);
    compaction.push([
      subjects.toLocaleString('en-GB'),
      String(report.studies),
      report.rows.toLocaleString('en-GB'),
      seconds(milliseconds),
      (peakBytes / 1e9).toFixed(2),
      perSubject('studies'),
      perSubject('cohort'),
    ]);
    say(compaction.at(-1)?.join('  ') ?? '');
    for (const kind of await kindsOf(data, subjects)) {
      const samples = await withServer(data, (base) => answers(base, kind.questions));
      const reads = await readsOf(data, kind);
      const p50 = median(samples);
      const smallest = first.get(kind.what) ?? p50;
      first.set(kind.what, smallest);
      const row = [
        ...[kind.what, subjects.toLocaleString('en-GB'), ms(p50), ms(percentile(samples, 0.95))],
        ...[median(reads.files).toFixed(0), median(reads.kilobytes).toFixed(0), (p50 / smallest).toFixed(2)],
      ];
      say(row.join('  '));
      asked.push(row);
    }
    rmSync(data, { recursive: true, force: true });
  }
  return `${table(compaction)}\n\n${table(asked)}`;
}

/** Milliseconds of each question, after a round of all of them. */
async function answers(base: string, questions: readonly Question[]): Promise<number[]> {
  const samples: number[] = [];
  for (const measured of [false, true]) {
    for (const { url } of questions) {
      const taken = await timed(async () => {
        const response = await fetch(`${base}/${url}`);
        const body = await response.text();
        if (response.status !== 200) throw new Error(body);
      });
      if (measured) samples.push(taken);
    }
  }
  return samples;
}

/** Sites drawn evenly, of which most are rare; sites that many carry; genes. */
async function kindsOf(data: string, subjects: number): Promise<readonly Kind[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const files = readdirSync(join(data, 'objects', 'cohort'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('variants.parquet'))
    .map((name) => `'${join(data, 'objects', 'cohort', name)}'`);
  const reader = await connection.runAndReadAll(
    `SELECT chrom::VARCHAR, start0, "ref", alt, count(*)::INTEGER AS carriers FROM read_parquet([${files.join()}], hive_partitioning = true)
    GROUP BY ALL ORDER BY ALL`,
  );
  const sites = reader.getRows() as unknown as Site[];
  connection.closeSync();
  instance.closeSync();
  const random = seeded(SEED);
  const exact = (from: readonly Site[]): Question[] =>
    Array.from({ length: WARM }, () => {
      const [chromosome, start0, ref, alt] = pick(random, from);
      const spdi = `${accessionOf(chromosome)}:${start0}:${ref}:${alt}`;
      return {
        url: `$find-population-specific-variants?variants=${spdi}`,
        ask: async ({ population }) =>
          void (await collect((await population()).alleles(at(chromosome, start0, start0 + 1)))),
      };
    });
  const genes = Array.from({ length: WARM }, (): Question => {
    const [chromosome, position] = pick(random, sites);
    const start0 = position - between(random, 0, GENE_BASES);
    const range = `${accessionOf(chromosome)}:${start0}-${start0 + GENE_BASES}`;
    return {
      url: `$find-population-structural-intersecting-variants?ranges=${range}`,
      ask: async ({ population }) =>
        void (await collect(
          (await population()).structural(at(chromosome, start0, start0 + GENE_BASES), 'intersecting'),
        )),
    };
  });
  const { conditions, haplotypes } = await loadCohortKnowledge(data, sites, subjects, random);
  const asked = (operation: Operation, parameter: string, values: readonly string[]): Question[] =>
    values.map((value) => ({
      url: `$${operation.row.code}?${new URLSearchParams({ [parameter]: value })}`,
      ask: (ports) => answered(operation, { [parameter]: parameter === 'haplotypes' ? [[value]] : [value] }, ports),
    }));
  return [
    { what: 'exact variant', questions: exact(sites) },
    {
      what: 'exact variant of more than 20 % of subjects',
      questions: exact(sites.filter((site) => site[4] > subjects / 5)),
    },
    { what: 'structural variants of a gene (50 kb)', questions: genes },
    {
      what: 'dx by a condition of 5 genes, 500 variants',
      questions: asked(findPopulationDxImplications as Operation, 'conditions', conditions),
    },
    {
      what: 'haplotype of a gene of 35 positions',
      questions: asked(findPopulationSpecificHaplotypes as Operation, 'haplotypes', haplotypes),
    },
    {
      what: 'tx by a drug that one gene decides on',
      questions: asked(findPopulationTxImplications as Operation, 'treatments', Array(10).fill('drug')),
    },
  ];
}

async function answered(operation: Operation, input: object, ports: Ports): Promise<void> {
  for await (const _ of (await operation.prepare(input as never, ports)).run());
}

function at(chromosome: Chromosome, start0: number, end0: number): PopulationQuestions {
  const question = { index: 0, chromosome, start0: interbase(start0), end0: interbase(end0) };
  return { assembly: 'GRCh38', questions: [question], sourceClass: undefined };
}

const accessionOf = (chromosome: Chromosome): string => sequenceOf('GRCh38', chromosome)?.accession ?? '';

/** Files opened and kilobytes read from them for each question, by the same port in this process. */
async function readsOf(data: string, { questions }: Kind) {
  const dynamo = await openLocalDynamo(data);
  const plain = localObjects(join(data, 'objects'));
  let opened = 0;
  const objects: typeof plain = {
    ...plain,
    materialise: (list) => {
      opened += list.length;
      return plain.materialise(list);
    },
  };
  const limits = { memoryBytes: 2 ** 30, threads: 2, temporary: join(data, 'temporary') };
  const duckDb = await openDuckDb({ ...limits, readOnlyFrom: [join(data, 'objects')] });
  const look = parquetPopulation({
    table: dynamoTable(dynamo.connection, LOCAL_TABLE),
    objects,
    duckDb: async () => duckDb,
  });
  const local = await openLocalArchive(data);
  const ports = { ...local.ports, population: look };
  const reads = { files: [] as number[], kilobytes: [] as number[] };
  for (const { ask } of questions) {
    opened = 0;
    const before = bytesRead();
    await ask(ports);
    reads.files.push(opened);
    reads.kilobytes.push((bytesRead() - before) / 1000);
  }
  await local.close();
  duckDb.close();
  await dynamo.close();
  return reads;
}

/** Bytes that this process has read by system calls (Linux). */
function bytesRead(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
