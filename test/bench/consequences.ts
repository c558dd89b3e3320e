import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { extentOf } from '../../lib/genomics/consequence/gene-structure.ts';
import { readMane } from '../../lib/reference/mane.ts';
import { bcftools } from '../support/bcftools.ts';
import { pick, seeded } from '../support/random.ts';
import { realFile } from '../support/real-data.ts';
import { all } from '../support/transcript-files.ts';
import { median, ms, percentile, table, timed } from './measure.ts';
import { withServer } from './server.ts';

const SEED = 50;
const GENES = 50;
const WARM_ROUNDS = 3;
const ROUNDS = 15;
const MANE = '10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz';

/** A subject of a GRCh38 study whose variants lie in the sites of a file, in a store that has MANE loaded. */
interface PanelTarget {
  readonly subject: string;
  readonly file: string;
}

/** Consequences computed for a panel of genes, and for a whole subject by term, over HTTP. */
export async function consequenceBench(
  data: string,
  { subject, file }: PanelTarget,
  say: (line: string) => void,
): Promise<string> {
  const ranges = await panel(file);
  const questions = [
    [`${GENES} genes, all consequences`, { ranges }],
    [`${GENES} genes, protein_altering_variant`, { ranges, featureConsequences: ['protein_altering_variant'] }],
    ['whole subject, splice_site_variant', { featureConsequences: ['splice_site_variant'] }],
  ] as const;
  const rows = [['question', 'consequences', 'answer, kB', 'first, ms', 'p50, ms', 'p95, ms']];
  for (const [what, input] of questions) {
    const row = await withServer(data, async (base) => {
      const first = await timed(() => ask(base, subject, input));
      const text = await ask(base, subject, input);
      for (let round = 0; round < WARM_ROUNDS; round++) await ask(base, subject, input);
      const warm: number[] = [];
      for (let round = 0; round < ROUNDS; round++) warm.push(await timed(() => ask(base, subject, input)));
      const told = text.split('"name":"consequence"').length - 1;
      const size = (text.length / 1000).toFixed(0);
      return [what, String(told), size, ms(first), ms(median(warm)), ms(percentile(warm, 0.95))];
    });
    say(row.join('  '));
    rows.push(row);
  }
  return table(rows);
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

async function ask(base: string, subject: string, input: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const parameter = [
    { name: 'subject', valueString: subject },
    ...Object.entries(input).flatMap(([name, values]) => values.map((valueString) => ({ name, valueString }))),
  ];
  const response = await fetch(`${base}/$find-subject-molecular-consequences`, {
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return text;
}
