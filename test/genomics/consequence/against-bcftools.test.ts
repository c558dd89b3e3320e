import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBcsq } from '../../../lib/genomics/consequence/bcsq.ts';
import type { TranscriptModel } from '../../../lib/genomics/transcript.ts';
import { readGff3 } from '../../../lib/reference/gff3.ts';
import { hasRealData, realFile } from '../../support/real-data.ts';
import { tally } from '../../support/tally.ts';
import { all } from '../../support/transcript-files.ts';
import { readFasta, whole } from '../../support/windows.ts';
import { namesOf, predicted, termRates } from './predicted-terms.ts';

const ROOT = '10_liftover_reference/bcftools_csq_genes';
const EXPLAINED = new URL('bcftools-disagreements.tsv', import.meta.url);

interface Expectation {
  readonly file: string;
  readonly position: number;
  readonly ref: string;
  readonly alts: readonly string[];
  readonly value: string;
}

/** Lines of a folder's expected output, each once: `-l` repeats many of them. */
function expectations(folder: string): readonly Expectation[] {
  const seen = new Set<string>();
  return readdirSync(realFile(`${ROOT}/${folder}`))
    .filter((name) => /\.txt(-l)?$/.test(name))
    .flatMap((name) =>
      readFileSync(realFile(`${ROOT}/${folder}/${name}`), 'utf8')
        .split('\n')
        .flatMap((line) => {
          const [position = '', ref = '', alt = '', value = '.'] = line.split('\t');
          if (!/^\d+$/.test(position) || value === '.' || seen.has(line)) return [];
          seen.add(line);
          return [{ file: `${folder}/${name}`, position: Number(position), ref, alts: alt.split(','), value }];
        }),
    );
}

/** Chromosomes and genes that begin before the slice, at negative positions, are left out. */
async function modelsOfFolder(folder: string, gff: string): Promise<readonly TranscriptModel[]> {
  const lines = readFileSync(realFile(`${ROOT}/${folder}/${gff}`), 'utf8').split('\n');
  return all(readGff3([lines.filter((line) => Number(line.split('\t')[3]) >= 1)], 'GRCh37'));
}

/**
 * The words of both in one: bcftools names no intron beside a splice region, no polypyrimidine tract and no exon of a
 * non-coding transcript, and the region beside a splice site; it knows the biotype NMD, which models do not have.
 */
function common(names: readonly string[]): ReadonlySet<string> {
  const terms = new Set(names.map((name) => COMMON.get(name) ?? name));
  terms.delete('NMD_transcript_variant');
  terms.delete('splice_polypyrimidine_tract_variant');
  if (terms.has('splice_donor_variant') || terms.has('splice_acceptor_variant')) terms.delete('splice_region_variant');
  if ([...terms].some((term) => term.startsWith('splice_'))) terms.delete('intron_variant');
  return terms;
}

const COMMON = new Map([
  ['splice_donor_5th_base_variant', 'splice_region_variant'],
  ['splice_donor_region_variant', 'splice_region_variant'],
  ['non_coding_transcript_exon_variant', 'non_coding_transcript_variant'],
]);

const textOf = (terms: ReadonlySet<string>): string => [...terms].sort().join('&');

describe.skipIf(!hasRealData)('consequences beside those of bcftools csq on its own genes', () => {
  it('are the same but for what is explained', async () => {
    const [rates, compared] = [termRates(), tally()];
    const differing: string[] = [];
    const folders = readdirSync(realFile(ROOT), { withFileTypes: true }).filter((one) => one.isDirectory());
    for (const { name: folder } of folders) {
      const files = readdirSync(realFile(`${ROOT}/${folder}`));
      const fasta = files.find((name) => /\.fa(\.gz)?$/.test(name));
      const gff = files.find((name) => name.endsWith('.gff') && name !== 'short.gff');
      if (fasta === undefined || gff === undefined) throw new Error(`${folder} lacks a file`);
      const models = await modelsOfFolder(folder, gff);
      // Some records and transcripts reach beyond the slice.
      const bases = `${[...readFasta(realFile(`${ROOT}/${folder}/${fasta}`)).values()][0]}${'N'.repeat(200_000)}`;
      for (const { file, position, ref, alts, value } of expectations(folder)) {
        const row = `${file} ${position} ${ref}>${alts.join()}`;
        if (/\+\d|@/.test(value)) {
          compared.skip('a joint consequence of several variants', row);
          continue;
        }
        const entries = parseBcsq(value, position, alts);
        for (const [key, ofTranscript] of Map.groupBy(entries, (one) => `${one.transcript ?? ''} ${one.altNumber}`)) {
          const [transcript] = key.split(' ');
          const alt = alts[(ofTranscript[0]?.altNumber ?? 1) - 1] ?? '';
          // Introns and non-coding transcripts are told without an accession: of any model of the slice.
          const own = models.filter(({ accession }) => transcript === '' || accession.split('.')[0] === transcript);
          if (own.length === 0 || !/^[ACGTN]+$/i.test(alt)) {
            compared.skip(own.length === 0 ? 'a gene that is no transcript of a chromosome' : 'a symbolic allele', row);
            continue;
          }
          const stated = common(namesOf(ofTranscript.flatMap(({ consequences }) => consequences)));
          const computed = await Promise.all(
            own.map(async (model) => {
              const found = await predicted(model, { position, ref, alt }, whole(model.genomicAccession, bases));
              return common(namesOf(found?.consequences ?? []));
            }),
          );
          const best = computed.find((terms) => textOf(terms) === textOf(stated)) ?? computed[0] ?? new Set();
          rates.add(stated, best);
          if (textOf(best) === textOf(stated)) compared.pass();
          else differing.push([file, position, ref, alt, transcript, textOf(stated), textOf(best)].join('\t'));
        }
      }
    }
    rates.print('bcftools csq');
    compared.print('bcftools csq');
    const explained = readFileSync(EXPLAINED, 'utf8').split('\n').slice(1, -1);
    console.log(`bcftools csq: ${differing.length} differ, each explained in bcftools-disagreements.tsv`);
    expect(explained.map((line) => line.split('\t').slice(0, 7).join('\t')).sort()).toEqual(differing.sort());
    expect(explained.filter((line) => (line.split('\t')[7] ?? '').length < 20)).toEqual([]);
    expect(compared.passed).toBeGreaterThanOrEqual(100);
  });
});
