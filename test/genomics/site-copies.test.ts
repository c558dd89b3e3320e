import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { allelicStateOf, type CopyContext, carriedAlleles, parseGenotype } from '../../lib/genomics/genotype.ts';
import { copiesAt } from '../../lib/genomics/site-copies.ts';
import type { StoredVariant } from '../../lib/genomics/variant.ts';
import { simpleRow, testOf } from '../support/archive-builder.ts';

const STUDY = testOf('exome', 'GRCh38');
const [POS, REF, ALTS] = [101, 'T', ['C', 'G']] as const;

/** The rows that ingest makes of one record with several ALTs. */
function rowsOf(text: string, context: CopyContext, alts: readonly string[] = ALTS): readonly StoredVariant[] {
  const genotype = parseGenotype(text);
  if (genotype === undefined) throw new Error(`${text} is no genotype`);
  return carriedAlleles(genotype).map((allele) => {
    const allelicState = allelicStateOf(genotype, allele, context);
    const facts = { genotype: text, ...(allelicState && { allelicState }) };
    return simpleRow(STUDY, ['1', POS, REF, alts[allele - 1] ?? ''], facts);
  });
}

const base = (row: StoredVariant) => ({ chromosome: row.chromosome, ...trim(row.reportedStart0, row.ref, row.alt) });
const called = (rows: readonly StoredVariant[]) => {
  const [first] = rows;
  const found = first && copiesAt(base(first), rows);
  return (
    found && [
      found.copies,
      found.rows
        .map(({ alt }) => alt)
        .toSorted()
        .join(''),
    ]
  );
};

/** What a genotype of two copies means, told by its letters alone. */
function expected(letters: readonly (string | undefined)[]): readonly string[] | undefined {
  if (letters.length !== 2 || letters.includes(undefined)) return undefined;
  const others = letters.filter((one) => one !== REF).toSorted() as string[];
  if (others.length === 0) return undefined;
  if (others.length === 1) return ['heterozygous', others.join('')];
  return others[0] === others[1] ? ['homozygous', others[0] ?? ''] : ['compound', others.join('')];
}

const AUTOSOMAL = { site: 'autosomal' } as const;
const number = fc.constantFrom(0, 1, 2, undefined);

describe('copies of one base', () => {
  test.prop([fc.array(number, { minLength: 1, maxLength: 3 }), fc.constantFrom('/', '|')])(
    'are those of the letters of a genotype, and open wherever a copy is',
    (alleles, separator) => {
      const text = alleles.map((one) => one ?? '.').join(separator);
      const letters = alleles.map((one) => (one === undefined ? undefined : [REF, ...ALTS][one]));
      expect(called(rowsOf(text, AUTOSOMAL))).toEqual(expected(letters));
    },
  );

  it('are two alleles where a record of two ALTs was split in two', () => {
    const [first, second] = [rowsOf('0/1', AUTOSOMAL, ['C']), rowsOf('1/0', AUTOSOMAL, ['G'])];
    expect(called([...first, ...second])).toEqual(['compound', 'CG']);
  });

  it('are one on X of a man, on Y and on the mitochondrion, as a file may write it', () => {
    expect(called(rowsOf('1', { site: 'X' }))).toEqual(['hemizygous', 'C']);
    expect(called(rowsOf('1/1', { site: 'X', sex: 'male' }))).toEqual(['hemizygous', 'C']);
    expect(called(rowsOf('1/1', { site: 'X', sex: 'female' }))).toEqual(['homozygous', 'C']);
    expect(called(rowsOf('1/1', { site: 'X' }))).toBeUndefined();
    expect(called(rowsOf('1', { site: 'mitochondrial' }))).toEqual(['hemizygous', 'C']);
    expect(called(rowsOf('0/1', { site: 'mitochondrial', alleleFraction: 0.4 }))).toBeUndefined();
  });

  it('are open without a genotype, and where another row takes the base away', () => {
    const bare = simpleRow(STUDY, ['1', POS, 'T', 'C']);
    expect(called([bare])).toBeUndefined();
    const [carried] = rowsOf('0/1', AUTOSOMAL) as [StoredVariant];
    const facts = { genotype: '0/1', allelicState: 'heterozygous' } as const;
    expect(called([carried, simpleRow(STUDY, ['1', POS - 1, 'AT', 'A'], facts)])).toBeUndefined();
    const [only] = rowsOf('1', { site: 'X' }) as [StoredVariant];
    expect(called([only, simpleRow(STUDY, ['1', POS - 1, 'AT', 'A'], facts)])).toBeUndefined();
  });

  it('are not touched by what lies beside the base', () => {
    const [carried] = rowsOf('0/1', AUTOSOMAL) as [StoredVariant];
    const facts = { genotype: '1/1', allelicState: 'homozygous' } as const;
    const beside = [
      simpleRow(STUDY, ['1', POS, 'T', 'TA'], facts),
      simpleRow(STUDY, ['1', POS + 1, 'G', 'A'], facts),
      simpleRow(STUDY, ['1', POS - 1, 'A', 'AC'], facts),
    ];
    expect(called([carried, ...beside])).toEqual(['heterozygous', 'C']);
    expect(interbase(POS - 1)).toBe(carried.start0);
  });
});
