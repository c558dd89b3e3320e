import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import type { KnowledgeRow } from '../../lib/knowledge/rows.ts';
import { readClinvar } from '../../lib/knowledge/sources/clinvar.ts';
import type { KnowledgeAddition } from '../../lib/store/knowledge-archive.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { addChains } from '../support/chains.ts';
import { pick, seeded } from '../support/random.ts';
import { realFile } from '../support/real-data.ts';
import { median, ms, percentile, table, timed } from './measure.ts';
import { postParameters, withServer } from './server.ts';

const CLINVAR = '07_knowledge/clinvar/clinvar_astone0411.vcf.gz';
const SUBJECT = 'bench-genome';
const WARM = 20;
const PANEL = 50;
const GENE = 50_000;
const MEDGEN = 'https://www.ncbi.nlm.nih.gov/medgen';
const CONDITIONS = [
  ['hereditary breast and ovarian cancer', 'C0677776'],
  ['hereditary cancer-predisposing syndrome', 'C0027672'],
] as const;

/** Questions about ClinVar and a genome of the other assembly than ClinVar's file. */
export async function implicationBench(data: string, say: (line: string) => void): Promise<string> {
  const archive = await openLocalArchive(data);
  await addChains(archive);
  await archive.knowledge.add(clinvarSubstitutions());
  await archive.close();
  const rows = [['what', 'p50, ms', 'p95, ms']];
  await withServer(data, async (base) => {
    const url = `${base}/$find-subject-dx-implications`;
    for (const [what, code] of CONDITIONS) {
      rows.push(
        await row(`dx by condition, ${what}`, () => postParameters(url, SUBJECT, 'conditions', [`${MEDGEN}|${code}`])),
      );
    }
    const panel = genes();
    rows.push(await row(`dx, panel of ${PANEL} genes`, () => postParameters(url, SUBJECT, 'ranges', panel)));
  });
  for (const one of rows) say(one.join('  '));
  return table(rows);
}

/** ClinVar without insertions and deletions: the reference of a whole genome, which they need, is not at hand. */
export function clinvarSubstitutions(): KnowledgeAddition {
  const path = realFile(CLINVAR);
  return {
    source: 'clinvar',
    release: 'bench',
    inputs: [path],
    fill: (sink) =>
      readClinvar([path], { ...sink, rows: (rows) => sink.rows(rows.filter(isSubstitution)) }, { statements: 'all' }),
  };
}

async function row(what: string, work: () => Promise<void>): Promise<string[]> {
  await work();
  const samples: number[] = [];
  for (let round = 0; round < WARM; round++) samples.push(await timed(work));
  return [what, ms(median(samples)), ms(percentile(samples, 0.95))];
}

function isSubstitution(row: KnowledgeRow): boolean {
  return row.kind === 'dx' && row.variants.every((spdi) => /:[ACGT]+:[ACGT]+$/.test(spdi));
}

/** Gene-sized ranges of GRCh38 around ClinVar's records, spread over its chromosomes. */
function genes(): readonly string[] {
  const random = seeded(50);
  const lines = gunzipSync(readFileSync(realFile(CLINVAR)))
    .toString('utf8')
    .split('\n');
  const sites = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return Array.from({ length: PANEL }, () => {
    const [chromosome, pos] = pick(random, sites).split('\t');
    const sequence = chromosomesOf('GRCh38').find((one) => one.chromosome === chromosome);
    const start = Math.max(0, Number(pos) - Math.floor(random() * GENE));
    return `${sequence?.accession}:${start}-${start + GENE}`;
  });
}
