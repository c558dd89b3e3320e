import { DuckDBInstance } from '@duckdb/node-api';
import { type Assembly, type Chromosome, chromosomeNamed, sequenceOf } from '../../lib/genomics/assembly.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { bcftools, indexedCopy } from '../support/bcftools.ts';
import { pick, seeded } from '../support/random.ts';
import { realFile } from '../support/real-data.ts';
import { COHORT, GENOME } from './ingest.ts';
import { drain, median, ms, percentile, ratio, table, timed } from './measure.ts';
import { postParameters, withServer } from './server.ts';

const SEED = 8;
const SIZES = [1_000, 50_000, 1_000_000];
const WARM = 60;
/** Rounds before the measured one. */
const WARM_ROUNDS = 2;
const COLD = 5;
/** A child of a trio, who is not in the GRCh37 file of 2,504 loaded beside it. */
const COHORT_SUBJECT = 'HG00405';

interface Target {
  readonly what: string;
  readonly file: string;
  readonly assembly: Assembly;
  readonly subject: string;
  readonly sample: string;
}

const TARGETS: readonly Target[] = [
  {
    what: 'one-subject study',
    file: GENOME.file,
    assembly: GENOME.assembly,
    subject: 'bench-genome',
    sample: 'NA12878',
  },
  {
    what: 'one of 3,202 subjects',
    file: COHORT.file,
    assembly: COHORT.assembly,
    subject: COHORT_SUBJECT,
    sample: COHORT_SUBJECT,
  },
];

/** Whose genes a panel asks: one of the cohort. */
export const PANEL = { subject: COHORT_SUBJECT, file: COHORT.file };

interface Region {
  readonly contig: string;
  readonly chromosome: Chromosome;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Region queries through HTTP, warm and cold, against the same files in bare DuckDB and against bcftools. */
export async function queryBench(folder: string, data: string, say: (line: string) => void): Promise<string> {
  const rows = [
    [
      'subject',
      'region',
      'HTTP p50, ms',
      'p95',
      'bare DuckDB p50, ms',
      'own time, ms',
      'bcftools view -r p50, ms',
      'HTTP / bcftools',
      'first query of a new server, ms',
    ],
  ];
  for (const target of TARGETS) {
    const copy = indexedCopy(realFile(target.file), folder);
    const sites = (await bcftools('query', '-f', '%CHROM\\t%POS\\n', copy)) as [string, string][];
    for (const size of SIZES) {
      const regions = regionsOf(sites, target.assembly, size, WARM);
      const [http, bare, judge, cold] = [
        await withServer(data, async (base) => {
          const answers: number[] = [];
          for (let round = 0; round < WARM_ROUNDS; round++) {
            for (const region of regions) await ask(base, target.subject, region);
          }
          for (const region of regions) answers.push(await timed(() => ask(base, target.subject, region)));
          return answers;
        }),
        await bareDuckDb(data, target, regions),
        await each(regions, (region) =>
          timed(() =>
            drain(
              'bcftools',
              'view',
              '-H',
              '-s',
              target.sample,
              '-r',
              `${region.contig}:${region.start + 1}-${region.end}`,
              copy,
            ),
          ),
        ),
        await each(regions.slice(0, COLD), (region) =>
          withServer(data, (base) => timed(() => ask(base, target.subject, region))),
        ),
      ];
      const row = [
        target.what,
        `${size / 1000} kb`,
        ms(median(http)),
        ms(percentile(http, 0.95)),
        ms(median(bare)),
        ms(median(http) - median(bare)),
        ms(median(judge)),
        ratio(median(http) / median(judge)),
        ms(median(cold)),
      ];
      say(row.join('  '));
      rows.push(row);
    }
  }
  return table(rows);
}

/** 1,000 ranges in one POST, without variants, against 1,000 requests for one range each. */
export async function manyRangesBench(data: string, folder: string, say: (line: string) => void): Promise<string> {
  const rows = [
    ['subject', '1 request of 1,000 ranges, ms', '1,000 requests, ms', 'ratio', '1 request of 1 range, ms'],
  ];
  for (const target of TARGETS) {
    const copy = indexedCopy(realFile(target.file), folder);
    const sites = (await bcftools('query', '-f', '%CHROM\\t%POS\\n', copy)) as [string, string][];
    const regions = regionsOf(sites, target.assembly, 20_000, 1_000);
    const [together, apart, single] = await withServer(data, async (base) => {
      await postRanges(base, target.subject, regions);
      const all = median(await each([1, 2, 3, 4, 5], () => timed(() => postRanges(base, target.subject, regions))));
      const ones = await each(regions, (region) => timed(() => postRanges(base, target.subject, [region])));
      return [all, ones.reduce((sum, one) => sum + one, 0), median(ones)] as const;
    });
    const row = [target.what, ms(together), ms(apart), `1/${(apart / together).toFixed(0)}`, ms(single)];
    say(row.join('  '));
    rows.push(row);
  }
  return table(rows);
}

function regionsOf(
  sites: readonly (readonly [string, string])[],
  assembly: Assembly,
  size: number,
  number: number,
): Region[] {
  const random = seeded(SEED + size);
  return Array.from({ length: number }, () => {
    const [contig, pos] = pick(random, sites);
    const chromosome = chromosomeNamed(assembly, contig);
    const accession = chromosome && sequenceOf(assembly, chromosome)?.accession;
    if (chromosome === undefined || accession === undefined) throw new Error(`${contig} has no accession`);
    const start = Math.max(0, Number(pos) - Math.floor(random() * size));
    return { contig, chromosome, start, end: start + size, text: `${accession}:${start}-${start + size}` };
  });
}

async function ask(base: string, subject: string, { text }: Region): Promise<void> {
  const response = await fetch(`${base}/$find-subject-variants?subject=${subject}&ranges=${text}&includeVariants=true`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(body);
}

function postRanges(base: string, subject: string, regions: readonly Region[]): Promise<void> {
  return postParameters(
    `${base}/$find-subject-variants`,
    subject,
    'ranges',
    regions.map(({ text }) => text),
  );
}

/** The rows of the same files for the same regions, with nothing around DuckDB. */
async function bareDuckDb(data: string, { subject }: Target, regions: readonly Region[]): Promise<number[]> {
  const archive = await openLocalArchive(data);
  const study = (await archive.ports.studies.subject(subject))?.studies[0]?.study;
  const committed = study && (await archive.admin.study(study.id));
  await archive.close();
  if (committed === undefined) throw new Error(`${subject} is not loaded`);
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const query = async ({ chromosome, start, end }: Region): Promise<void> => {
    const keys = committed.files
      .filter((file) => file.kind === 'variants' && file.chromosome === chromosome)
      .map((file) => `'${data}/objects/${file.key}'`);
    const reach = Math.max(
      0,
      ...committed.files.filter((file) => file.chromosome === chromosome).map(({ maxReach }) => maxReach),
    );
    if (keys.length === 0) return;
    await connection.runAndReadAll(
      `SELECT * FROM read_parquet([${keys.join(',')}]) WHERE subject = '${subject}' AND start0 >= ${start - reach} AND start0 < ${end} AND end0 >= ${start} AND filters IN ('PASS', '.')`,
    );
  };
  for (const region of regions) await query(region);
  const samples = await each(regions, (region) => timed(() => query(region)));
  connection.closeSync();
  return samples;
}

async function each<T, R>(values: readonly T[], work: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await work(value));
  return results;
}
