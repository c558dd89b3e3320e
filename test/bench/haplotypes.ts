import { CALLABLE_GENES } from '../../lib/genomics/star-allele/genes.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { PHARMCAT } from '../../lib/knowledge/pharmcat/payload.ts';
import { findPharmcatRelease } from '../../lib/knowledge/pharmcat/release.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { realFile } from '../support/real-data.ts';
import { median, ms, percentile, table, timed } from './measure.ts';
import { withServer } from './server.ts';

const WARM = 40;
const WARM_ROUNDS = 5;
const GENES = [...CALLABLE_GENES.keys()];

const TARGETS = [
  // A child of a trio of the cohort that the queries are measured on.
  { what: 'one of 3,202 subjects', subject: 'HG00405' },
  { what: "PharmCAT's example, every position called", subject: 'bench-pharmcat' },
] as const;

/** Named alleles of one subject through HTTP, warm: of all genes that are called, and of one. */
export async function haplotypeBench(data: string, say: (line: string) => void): Promise<string> {
  await load(data);
  const rows = [['subject', `${GENES.length} genes p50, ms`, 'p95', 'CYP2C19 alone p50, ms', 'p95']];
  for (const { what, subject } of TARGETS) {
    const [all, one] = await withServer(data, async (base) => [
      await samples(() => ask(base, subject, GENES)),
      await samples(() => ask(base, subject, ['CYP2C19'])),
    ]);
    const row = [what, ...[all, one].flatMap((times) => [ms(median(times ?? [])), ms(percentile(times ?? [], 0.95))])];
    say(row.join('  '));
    rows.push(row);
  }
  return table(rows);
}

async function load(data: string): Promise<void> {
  await using archive = await openLocalArchive(data);
  const release = await findPharmcatRelease(realFile('08_pgx/pharmcat'));
  await archive.knowledge.add({ source: PHARMCAT, release: 'bench', ...release });
  const file = realFile('08_pgx/pharmcat/examples/pharmcat.example2.vcf');
  const test = { assembly: 'GRCh38', testId: 'bench-pgx', testDate: '2026-01-01', mode: 'create' } as const;
  await ingest({ ...test, inputs: [{ file, subject: 'bench-pharmcat', sourceClass: 'germline' }] }, archive.archive);
}

async function samples(work: () => Promise<void>): Promise<number[]> {
  for (let round = 0; round < WARM_ROUNDS; round++) await work();
  const times: number[] = [];
  for (let sample = 0; sample < WARM; sample++) times.push(await timed(work));
  return times;
}

async function ask(base: string, subject: string, genes: readonly string[]): Promise<void> {
  const response = await fetch(`${base}/$find-subject-haplotypes?subject=${subject}&genes=${genes.join()}`);
  const body = await response.text();
  if (response.status !== 200) throw new Error(body);
}
