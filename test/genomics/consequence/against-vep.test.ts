import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { csqFields, parseCsq } from '../../../lib/genomics/consequence/csq.ts';
import { effFields, parseEff } from '../../../lib/genomics/consequence/snpeff.ts';
import { interbase } from '../../../lib/genomics/coordinates.ts';
import type { Exon, TranscriptModel } from '../../../lib/genomics/transcript.ts';
import { readMane } from '../../../lib/reference/mane.ts';
import { hasRealData, realFile } from '../../support/real-data.ts';
import { tally } from '../../support/tally.ts';
import { all } from '../../support/transcript-files.ts';
import { whole } from '../../support/windows.ts';
import { namesOf, predicted, termRates } from './predicted-terms.ts';

/** What a tool says of one allele and one transcript, with the codon that it read there. */
interface Statement {
  readonly row: string;
  readonly transcript: string;
  readonly position: number;
  readonly ref: string;
  readonly alt: string;
  readonly terms: readonly string[];
  /** Bases of the codons before the change, and the first one's number from 0; absent outside of coding bases. */
  readonly codons?: { readonly bases: string; readonly first: number };
}

function linesOf(path: string): readonly string[] {
  const bytes = readFileSync(realFile(path));
  return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
}

/** Records as `[position, ref, alts, value of the key]`. */
function recordsOf(lines: readonly string[], key: string): readonly (readonly [string, string, string[], string])[] {
  return lines.flatMap((line): (readonly [string, string, string[], string])[] => {
    const [chromosome, position = '', , ref = '', alt = '', , , info = ''] = line.split('\t');
    const value = info.split(';').find((pair) => pair.startsWith(`${key}=`));
    if (chromosome?.startsWith('#') !== false || value === undefined) return [];
    return [[position, ref, alt.split(','), value.slice(key.length + 1)]];
  });
}

function vepStatements(path: string): readonly Statement[] {
  const lines = linesOf(path);
  const [, description = ''] = /^##INFO=<ID=CSQ,.*Description="?(.*?)"?>$/m.exec(lines.slice(0, 500).join('\n')) ?? [];
  const fields = csqFields(description) ?? [];
  return recordsOf(lines, 'CSQ').flatMap(([position, ref, alts, value]) => {
    const entries = value.split(',').map((entry) => entry.split('|'));
    return parseCsq(fields, value, ref, alts).map((one, i): Statement => {
      const field = (name: string): string => entries[i]?.[fields.indexOf(name)] ?? '';
      const alt = alts[(one.altNumber ?? 0) - 1] ?? '';
      const at = Number(/\d+/.exec(field('CDS_position'))?.[0]);
      const bases = field('Codons').split('/')[0]?.replace('-', '').toUpperCase() ?? '';
      return {
        row: `${position} ${ref}>${alt} ${one.transcript}`,
        transcript: one.transcript ?? '',
        ...{ position: Number(position), ref, alt },
        terms: namesOf(one.consequences),
        ...(bases === '' || !(at > 0) ? {} : { codons: { bases, first: Math.floor((at - 1) / 3) } }),
      };
    });
  });
}

function effStatements(path: string): readonly Statement[] {
  const lines = linesOf(path);
  const [, description = ''] = /^##INFO=<ID=EFF,.*Description="?(.*?)"?>$/m.exec(lines.slice(0, 500).join('\n')) ?? [];
  const fields = effFields(description) ?? [];
  return recordsOf(lines, 'EFF').flatMap(([position, ref, alts, value]) =>
    parseEff(fields, value, alts).flatMap((one, i): Statement[] => {
      if (alts.length > 1) return [];
      const [, , , codon = '', change = ''] = (value.split('),')[i] ?? '').split(/[(|]/);
      const first = Number(/\d+/.exec(change)?.[0]) - 1;
      const bases = codon.split('/')[0]?.toUpperCase() ?? '';
      return [
        {
          row: `${position} ${ref}>${alts[0]} ${one.transcript}`,
          transcript: one.transcript ?? '',
          ...{ position: Number(position), ref, alt: alts[0] ?? '' },
          terms: namesOf(one.consequences),
          ...(/^[ACGT]{3}$/.test(bases) && first >= 0 ? { codons: { bases, first } } : {}),
        },
      ];
    }),
  );
}

/**
 * The transcript's own bases as far as the tool tells them: the start and stop codon of a complete coding sequence, and
 * the codons it read. Everything else is N, so that nothing can agree by chance.
 */
function basesOf({ exons, cds }: TranscriptModel, codons: Statement['codons']): string {
  const bases: string[] = Array(exons.at(-1)?.txEnd0 ?? 0).fill('N');
  if (cds === undefined) return bases.join('');
  const put = (at: number, text: string): void => {
    for (const [i, base] of [...text].entries()) bases[at + i] = base;
  };
  put(cds.txStart0, 'ATG');
  put(cds.txEnd0 - 3, 'TAA');
  if (codons !== undefined) put(cds.txStart0 + codons.first * 3, codons.bases);
  return bases.join('');
}

/** Models of Ensembl 75 on GRCh37, as UCSC's table has them; versions are left out, as the tools of the time did. */
function ensembl75(): ReadonlyMap<string, TranscriptModel> {
  const rows = linesOf('10_liftover_reference/civic_genes_ensembl75_hg19.genePred.txt.gz').slice(1, -1);
  const models = rows.map((row): TranscriptModel => {
    const [, name = '', , sign, , , codingStart, codingEnd, , starts = '', ends = '', , , startStat, endStat] =
      row.split('\t');
    const strand = sign === '-' ? -1 : 1;
    const [from, to] = [starts, ends].map((text) => text.split(',').filter(Boolean).map(Number)) as [
      number[],
      number[],
    ];
    const places = from.map((start0, i) => ({ start0: interbase(start0), end0: interbase(to[i] ?? 0) }));
    let tx = 0;
    const exons = (strand === 1 ? places : places.toReversed()).map((place): Exon => {
      const txStart0 = tx;
      tx += place.end0 - place.start0;
      return { ...place, txStart0, txEnd0: tx };
    });
    const txOf = (base: number): number => {
      const exon = exons.find(({ start0, end0 }) => start0 <= base && base <= end0);
      if (exon === undefined) return 0;
      return exon.txStart0 + (strand === 1 ? base - exon.start0 : exon.end0 - base);
    };
    const [a, b] = [txOf(Number(codingStart)), txOf(Number(codingEnd))];
    const complete = startStat === 'cmpl' && endStat === 'cmpl' && codingStart !== codingEnd;
    return {
      accession: name.split('.')[0] ?? '',
      assembly: 'GRCh37',
      genomicAccession: 'genome',
      strand,
      exons,
      ...(complete ? { cds: { txStart0: Math.min(a, b), txEnd0: Math.max(a, b) } } : {}),
      alignment: 'exact',
    };
  });
  return new Map(models.filter(({ cds }) => cds !== undefined).map((model) => [model.accession, model]));
}

async function compare(
  title: string,
  statements: readonly Statement[],
  models: ReadonlyMap<string, TranscriptModel>,
  common: (names: readonly string[]) => ReadonlySet<string>,
) {
  const [rates, compared] = [termRates(), tally()];
  for (const statement of statements) {
    const model = models.get(statement.transcript);
    if (model === undefined || !/^[ACGT]+$/.test(statement.alt)) continue;
    const sequences = whole(model.accession, basesOf(model, statement.codons));
    const found = await predicted(model, statement, sequences);
    const [stated, computed] = [common(statement.terms), common(namesOf(found?.consequences ?? []))];
    rates.add(stated, computed);
    const [a, b] = [stated, computed].map((terms) => [...terms].sort().join('&'));
    if (a === b) compared.pass();
    else compared.differ(`${statement.row} ${a}`, b ?? '');
  }
  rates.print(title);
  compared.print(title);
  return { rates: rates.rates(), passed: compared.passed, differing: compared.differing };
}

/** Near a gene is not in it: models say nothing there. The biotype NMD is none of a model's facts. */
function within(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name) => !/^(up|down)stream|intergenic|regulatory|NMD/.test(name)));
}

/** Older releases knew no terms of the donor's region, nor the polypyrimidine tract. */
function early(names: readonly string[]): ReadonlySet<string> {
  const terms = new Set(
    [...within(names)].map((name) => (/donor_(5th|region)/.test(name) ? 'splice_region_variant' : name)),
  );
  terms.delete('splice_polypyrimidine_tract_variant');
  return terms;
}

/** SnpEff 2 has the coarse words only, and looks for start codons gained in the untranslated region, which models don't. */
function snpEff2(names: readonly string[]): ReadonlySet<string> {
  const terms = new Set(
    [...early(names)].map((name) =>
      name.replace('_premature_start_codon_gain', '').replace(/^disruptive_(inframe_.*)/, '$1'),
    ),
  );
  terms.delete('splice_region_variant');
  return terms;
}

describe.skipIf(!hasRealData)('consequences beside those of VEP and SnpEff, on the same transcripts', () => {
  it('agree with VEP 105 on MANE', async () => {
    const models = await all(readMane([linesOf('10_liftover_reference/MANE.GRCh38.bigGenePred.tsv.gz')]));
    const { differing, passed } = await compare(
      'VEP 105',
      vepStatements('04_somatic/pvac_HCC1395_annotated_expression.grch38.vcf.gz'),
      new Map(models.map((model) => [model.accession, model])),
      within,
    );
    expect(passed).toBeGreaterThan(1500);
    // The stop is deleted together with bases behind it, of which VEP's output names none.
    expect(differing).toEqual([
      '4999924 GTTTTAAGTA>G ENST00000641819.1 3_prime_UTR_variant&stop_lost: got 3_prime_UTR_variant&coding_sequence_variant',
    ]);
  });

  it('agree with VEP 76 on Ensembl 75', async () => {
    const statements = vepStatements('06_annotated/snpeff_mixed.vep.vcf.gz');
    const { differing, passed } = await compare('VEP 76', statements, ensembl75(), early);
    expect(passed).toBeGreaterThanOrEqual(100);
    // Replacements of unequal length: VEP 76 tells only that the feature grows or shrinks, or tells that too.
    expect(differing.filter((line) => !/ feature_(truncation|elongation)/.test(line))).toEqual([]);
    expect(differing).toHaveLength(8);
  });

  it('agree with SnpEff 2.1, whose transcripts are of Ensembl 63, on Ensembl 75', async () => {
    const statements = effStatements('06_annotated/snpeff_test.chr1.out.vcf.gz');
    const { differing, passed, rates } = await compare('SnpEff 2.1', statements, ensembl75(), snpEff2);
    expect(passed).toBeGreaterThan(8000);
    expect(rates.get('missense_variant')).toBeGreaterThan(98);
    const others = differing.filter((line) => !CHANGED.some((transcript) => line.includes(transcript)));
    expect([...new Set(others.map((line) => line.replace(/ENST\d+ /, '')))]).toEqual(MISSED_DONORS);
  });
});

/** Transcripts whose coding sequence or exons are others in Ensembl 75: ERRFI1, CAMTA1, RIT1 and MEF2D, not the main ones. */
const CHANGED = [
  ...['ENST00000473578', 'ENST00000467404', 'ENST00000467067', 'ENST00000469499', 'ENST00000487559'],
  ...['ENST00000474874', 'ENST00000461050', 'ENST00000475587', 'ENST00000464356'],
];

/** Changes of the first two bases of an intron, such as DPYD c.1905+1G>A, a splice donor everywhere else. */
const MISSED_DONORS = [
  '97915614 C>T intron_variant: got splice_donor_variant',
  '156811987 T>C intron_variant: got splice_donor_variant',
  '179079416 C>T intron_variant: got splice_donor_variant',
];
