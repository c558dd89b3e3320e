import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../lib/genomics/errors.ts';
import { readVariants } from '../../lib/operations/variant-questions.ts';

const ACCESSION = 'NC_000007.14';

function stated(text: string) {
  const [read] = readVariants([text]);
  if (read === undefined || read.notation === 'transcript') throw new Error(`${text} is on no chromosome`);
  return read.stated;
}

describe('a variant as its text has it', () => {
  it.each([
    ['g.140753336A>T', 140753335, 140753336, { alleles: [['A', 'T']] }],
    ['g.10a>t', 9, 10, { alleles: [['A', 'T']] }],
    ['g.10del', 9, 10, { replaced: '' }],
    ['g.10delA', 9, 10, { alleles: [['A', '']] }],
    ['g.10_12del', 9, 12, { replaced: '' }],
    ['g.10_12delACG', 9, 12, { alleles: [['ACG', '']] }],
    ['g.10_12del3', 9, 12, { replaced: '' }],
    ['g.10_11insT', 10, 10, { alleles: [['', 'T']] }],
    ['g.10dup', 9, 10, 'unspelled'],
    [
      'g.10_12dupACG',
      9,
      12,
      {
        alleles: [
          ['', 'ACG'],
          ['', 'CGA'],
          ['', 'GAC'],
          ['', 'ACG'],
        ],
      },
    ],
    ['g.10_12delinsT', 9, 12, { replaced: 'T' }],
    ['g.10_12delACGinsT', 9, 12, { alleles: [['ACG', 'T']] }],
    ['g.10delinsTT', 9, 10, { replaced: 'TT' }],
    ['g.10_12inv', 9, 12, 'unspelled'],
    ['g.10_12A[5]', 9, 12, 'unspelled'],
    ['g.10=', 9, 10, 'unchanged'],
    ['g.10A=', 9, 10, 'unchanged'],
    ['g.10_12=', 9, 12, 'unchanged'],
    ['g.10A>A', 9, 10, 'unchanged'],
    ['9:A:T', 9, 10, { alleles: [['A', 'T']] }],
    ['9:1:T', 9, 10, { replaced: 'T' }],
    ['9:3:', 9, 12, { replaced: '' }],
    ['9::T', 9, 9, { alleles: [['', 'T']] }],
    ['9:0:T', 9, 9, { alleles: [['', 'T']] }],
    ['9:A:A', 9, 10, 'unchanged'],
  ] as const)('%s', (description, start0, end0, expected) => {
    const { sought, ...place } = stated(`${ACCESSION}:${description}`);
    expect(place).toMatchObject({ accession: ACCESSION, start0, end0 });
    if (typeof expected === 'string') expect(sought.kind).toBe(expected);
    else if ('replaced' in expected) expect(sought).toMatchObject({ kind: 'replacement', inserted: expected.replaced });
    else
      expect(sought.kind === 'alleles' && sought.alleles.map(({ deleted, inserted }) => [deleted, inserted])).toEqual(
        expected.alleles,
      );
  });

  it.each([
    [`${ACCESSION}:g.0A>T`, /a position, counted from 1/],
    [`${ACCESSION}:g.12_10del`, /ends before/],
    [`${ACCESSION}:g.10_12delAC`, /names positions of 3 bases and states 2/],
    [`${ACCESSION}:g.10_12del2`, /names positions of 3 bases and states 2/],
    [`${ACCESSION}:g.10_12A>T`, /one position/],
    [`${ACCESSION}:g.10AC>GT`, /one base by one/],
    [`${ACCESSION}:g.10insT`, /two neighbouring positions/],
    [`${ACCESSION}:g.10_12insT`, /not neighbours/],
    [`${ACCESSION}:g.10_11ins(5)`, /not stated/],
    [`${ACCESSION}:g.(10_20)_(30_40)del`, /uncertain/],
    [`${ACCESSION}:g.?_10del`, /unknown/],
    [`${ACCESSION}:g.10+1A>T`, /a change such as/],
    [`${ACCESSION}:g.del`, /a position/],
    [`${ACCESSION}:m.10A>T`, /mitochondrion/],
    ['NM_004333.6:r.1799u>a', /RNA change/],
    ['NP_004324.2:p.Val600Glu', /protein/],
    ['NP_004324.2:p.(Val600Glu)', /protein/],
    ['NG_007400.1:g.10A>T', /not on a chromosome/],
    ['NC_000007:g.10A>T', /no version/],
    ['BRAF V600E', /neither HGVS nor SPDI/],
  ])('is refused: %s', (text, why) => {
    const read = () => readVariants([text]);
    expect(read).toThrow(InvalidInputError);
    expect(read).toThrow(why);
    expect(read).toThrow(expect.objectContaining({ expression: 'variants' }));
  });
});
