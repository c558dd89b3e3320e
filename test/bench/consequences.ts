import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extentOf } from '../../lib/genomics/consequence/gene-structure.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { readMane } from '../../lib/reference/mane.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { bcftools } from '../support/bcftools.ts';
import { pick, seeded } from '../support/random.ts';
import { realFile } from '../support/real-data.ts';
import { all } from '../support/transcript-files.ts';
import { clinvarSubstitutions } from './implications.ts';
import { drain, median, ms, percentile, table, timed } from './measure.ts';
import { withServer } from './server.ts';

const SEED = 50;
const GENES = 50;
const WARM_ROUNDS = 3;
const ROUNDS = 15;
const MANE = '10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz';

/** A sample of a GRCh38 file. */
interface PanelTarget {
  readonly subject: string;
  readonly file: string;
}

type Input = Readonly<Record<string, readonly string[]>>;
const MC = 'find-subject-molecular-consequences';
const DX = 'find-subject-dx-implications';

/**
 * Consequences computed for one genome, with and without what is known of its variants, over HTTP. The genome is one
 * sample of the file, in a study and an archive of its own.
 */
export async function consequenceBench(
  folder: string,
  { subject, file }: PanelTarget,
  say: (line: string) => void,
): Promise<string> {
  const data = await genomeArchive(folder, subject, file);
  const ranges = await panel(file);
  const altering = { ranges, featureConsequences: ['protein_altering_variant', 'splicing_variant'] };
  const questions: readonly (readonly [what: string, asked: readonly (readonly [code: string, input: Input])[]])[] = [
    [`${GENES} genes, protein_altering_variant or splicing_variant`, [[MC, altering]]],
    [`${GENES} genes, dx`, [[DX, { ranges }]]],
    [
      `${GENES} genes, both at once`,
      [
        [MC, altering],
        [DX, { ranges }],
      ],
    ],
    [`${GENES} genes, all consequences, introns included`, [[MC, { ranges }]]],
    ['whole subject, splice_site_variant', [[MC, { featureConsequences: ['splice_site_variant'] }]]],
    ['whole subject, missense_variant', [[MC, { featureConsequences: ['missense_variant'] }]]],
  ];
  const rows = [['question', 'consequences', 'implications', 'answer, kB', 'first, ms', 'p50, ms', 'p95, ms']];
  for (const [what, asked] of questions) {
    const row = await withServer(data, async (base) => {
      const askAll = () => Promise.all(asked.map(([code, input]) => ask(`${base}/$${code}`, subject, input)));
      const first = await timed(askAll);
      const text = (await askAll()).join('');
      for (let round = 0; round < WARM_ROUNDS; round++) await askAll();
      const warm: number[] = [];
      for (let round = 0; round < ROUNDS; round++) warm.push(await timed(askAll));
      const told = (name: string): string => String(text.split(`"name":"${name}"`).length - 1);
      const size = (text.length / 1000).toFixed(0);
      return [
        what,
        told('consequence'),
        told('implication'),
        size,
        ms(first),
        ms(median(warm)),
        ms(percentile(warm, 0.95)),
      ];
    });
    say(row.join('  '));
    rows.push(row);
  }
  return table(rows);
}

/** An archive of one sample, all MANE models and ClinVar's substitutions. */
async function genomeArchive(folder: string, subject: string, file: string): Promise<string> {
  const vcf = join(folder, 'genome.vcf.gz');
  await drain('bcftools', 'view', '-s', subject, '-c', '1', '-Oz', '-o', vcf, realFile(file));
  const data = join(folder, 'genome');
  const archive = await openLocalArchive(data);
  try {
    const inputs = [{ file: vcf, subject, sourceClass: 'germline' as const }];
    const test = { testId: 'bench', testDate: '2026-01-01', mode: 'create' as const, study: 'genome' };
    await ingest({ ...test, assembly: 'GRCh38', inputs }, archive.archive);
    await archive.reference.add({ kind: 'transcripts', path: realFile(MANE) });
    await archive.knowledge.add(clinvarSubstitutions());
  } finally {
    await archive.close();
  }
  return data;
}

/** Genes of MANE Select around seeded sites of a file. */
async function panel(file: string): Promise<readonly string[]> {
  const lines = gunzipSync(readFileSync(realFile(MANE)))
    .toString('utf8')
    .split('\n');
  const models = (await all(readMane([lines]))).filter(({ accession }) => accession.startsWith('NM_'));
  const sites = (await bcftools('query', '-f', '%CHROM\\t%POS\\n', realFile(file))) as [string, string][];
  const random = seeded(SEED);
  const ranges = new Set<string>();
  for (let tries = 0; ranges.size < GENES && tries < 20_000; tries++) {
    const [contig, pos] = pick(random, sites);
    const model = models.find(({ genomicAccession, exons }) => {
      const extent = extentOf({ exons });
      const onContig = genomicAccession.startsWith(
        `NC_0000${contig.replace('chr', '').replace('X', '23').padStart(2, '0')}.`,
      );
      return onContig && extent !== undefined && extent.start0 < Number(pos) && Number(pos) <= extent.end0;
    });
    const extent = model && extentOf(model);
    if (extent !== undefined) ranges.add(`${model?.genomicAccession}:${extent.start0}-${extent.end0}`);
  }
  if (ranges.size < GENES) throw new Error(`only ${ranges.size} genes lie around the sites`);
  return [...ranges];
}

async function ask(url: string, subject: string, input: Input): Promise<string> {
  const parameter = [
    { name: 'subject', valueString: subject },
    ...Object.entries(input).flatMap(([name, values]) => values.map((valueString) => ({ name, valueString }))),
  ];
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return text;
}
