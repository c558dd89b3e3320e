import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trim } from '../../../lib/genomics/allele.ts';
import { interbase } from '../../../lib/genomics/coordinates.ts';
import { InvalidInputError } from '../../../lib/genomics/errors.ts';
import { formatGenomicHgvs, parseGenomicHgvs } from '../../../lib/genomics/hgvs/genomic.ts';
import { looksLikeHgvs } from '../../../lib/genomics/hgvs/parse.ts';
import { bases } from '../../support/arbitraries.ts';

const ACCESSION = 'NC_000007.14';

describe('parseGenomicHgvs', () => {
  it.each([
    ['g.140753336A>T', 140753335, 140753336, { kind: 'replace', deleted: 'A', inserted: 'T' }],
    ['g.10a>t', 9, 10, { kind: 'replace', deleted: 'A', inserted: 'T' }],
    ['g.10del', 9, 10, { kind: 'delete', deleted: undefined }],
    ['g.10delA', 9, 10, { kind: 'delete', deleted: 'A' }],
    ['g.10_12del', 9, 12, { kind: 'delete', deleted: undefined }],
    ['g.10_12delACG', 9, 12, { kind: 'delete', deleted: 'ACG' }],
    ['g.10_12del3', 9, 12, { kind: 'delete', deleted: undefined }],
    ['g.10_11insT', 10, 10, { kind: 'insert', inserted: 'T' }],
    ['g.10dup', 9, 10, { kind: 'duplicate', duplicated: undefined }],
    ['g.10_12dupACG', 9, 12, { kind: 'duplicate', duplicated: 'ACG' }],
    ['g.10_12delinsT', 9, 12, { kind: 'replace', deleted: undefined, inserted: 'T' }],
    ['g.10_12delACGinsT', 9, 12, { kind: 'replace', deleted: 'ACG', inserted: 'T' }],
    ['g.10delinsTT', 9, 10, { kind: 'replace', deleted: undefined, inserted: 'TT' }],
    ['g.10_12inv', 9, 12, { kind: 'invert' }],
    ['g.10=', 9, 10, { kind: 'unchanged' }],
    ['g.10A=', 9, 10, { kind: 'unchanged' }],
    ['g.10_12=', 9, 12, { kind: 'unchanged' }],
    ['g.10A>A', 9, 10, { kind: 'unchanged' }],
    ['m.3243A>G', 3242, 3243, { kind: 'replace', deleted: 'A', inserted: 'G' }],
  ] as const)('reads %s', (description, start0, end0, edit) => {
    expect(parseGenomicHgvs(`${ACCESSION}:${description}`)).toEqual({ accession: ACCESSION, start0, end0, edit });
  });

  it.each([
    [`${ACCESSION}:g.0A>T`, /a position, counted from 1/],
    [`${ACCESSION}:g.12_10del`, /ends before/],
    [`${ACCESSION}:g.10_12delAC`, /names positions of 3 bases and states 2/],
    [`${ACCESSION}:g.10_12del2`, /names positions of 3 bases and states 2/],
    [`${ACCESSION}:g.10_12A>T`, /one position/],
    [`${ACCESSION}:g.10AC>GT`, /one base by one/],
    [`${ACCESSION}:g.10insT`, /two neighbouring positions/],
    [`${ACCESSION}:g.10_12insT`, /flank/],
    [`${ACCESSION}:g.10_11ins(5)`, /not stated/],
    [`${ACCESSION}:g.(10_20)_(30_40)del`, /uncertain/],
    [`${ACCESSION}:g.?_10del`, /unknown/],
    [`${ACCESSION}:g.10inv`, /single base/],
    [`${ACCESSION}:g.10_12A[5]`, /states repeats/],
    [`${ACCESSION}:g.10+1A>T`, /a change such as/],
    [`${ACCESSION}:g.del`, /a position/],
    ['NM_004333.6:c.1799T>A', /transcripts are loaded/],
    ['NR_003051.3:n.5C>T', /transcripts are loaded/],
    ['NM_004333.6:r.1799u>a', /RNA change/],
    ['NP_004324.2:p.Val600Glu', /protein/],
    ['NG_007400.1:g.10A>T', /not on a chromosome/],
    ['NC_000007:g.10A>T', /no version/],
    ['BRAF V600E', /is not HGVS/],
  ])('refuses %s', (text, why) => {
    expect(() => parseGenomicHgvs(text, 'variants')).toThrow(InvalidInputError);
    expect(() => parseGenomicHgvs(text, 'variants')).toThrow(why);
    expect(() => parseGenomicHgvs(text, 'variants')).toThrow(expect.objectContaining({ expression: 'variants' }));
  });
});

describe('formatGenomicHgvs', () => {
  const allele = fc
    .record({ start0: fc.integer({ min: 1, max: 1_000_000 }), deleted: bases(0, 6), inserted: bases(0, 6) })
    .map(({ start0, deleted, inserted }) => trim(interbase(start0), deleted, inserted))
    .filter(({ deleted, inserted }) => deleted !== inserted);

  test.prop([allele])('is undone by parseGenomicHgvs, apart from bases it leaves out', (stated) => {
    const text = formatGenomicHgvs(ACCESSION, 'g', stated);
    const { accession, start0, end0, edit } = parseGenomicHgvs(text ?? '');
    expect({ accession, start0, end0 }).toEqual({ accession: ACCESSION, start0: stated.start0, end0: stated.end0 });
    expect('inserted' in edit ? edit.inserted : '').toBe(stated.inserted);
    if ('deleted' in edit && edit.deleted !== undefined) expect(edit.deleted).toBe(stated.deleted);
  });

  it.each([
    [140753335, 'A', 'T', 'g.140753336A>T'],
    [9, 'A', '', 'g.10del'],
    [9, 'ACG', '', 'g.10_12del'],
    [10, '', 'TT', 'g.10_11insTT'],
    [9, 'AC', 'GT', 'g.10_11delinsGT'],
    [9, 'A', 'GT', 'g.10delinsGT'],
    [9, 'ACG', 'T', 'g.10_12delinsT'],
  ])('writes %i:%s:%s as %s', (start0, deleted, inserted, text) => {
    expect(formatGenomicHgvs(ACCESSION, 'g', trim(interbase(start0), deleted, inserted))).toBe(`${ACCESSION}:${text}`);
  });

  it('has no words for an insertion before the first base, or for no change', () => {
    expect(formatGenomicHgvs(ACCESSION, 'g', trim(interbase(0), '', 'A'))).toBeUndefined();
    expect(formatGenomicHgvs(ACCESSION, 'g', trim(interbase(5), 'A', 'A'))).toBeUndefined();
  });
});

describe('looksLikeHgvs', () => {
  it.each([
    ['NC_000007.14:g.1A>T', true],
    ['NM_004333.6:c.1799T>A', true],
    ['NP_004324.2:p.(Val600Glu)', true],
    ['NC_000007.14:1:A:T', false],
    ['rs429358', false],
    ['BRAF V600E', false],
  ])('%s: %s', (text, expected) => expect(looksLikeHgvs(text)).toBe(expected));
});
