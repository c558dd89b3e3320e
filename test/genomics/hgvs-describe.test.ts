import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Allele, trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { describeGenomic, describeGenomicWithin } from '../../lib/genomics/hgvs/describe.ts';
import { formatHgvs } from '../../lib/genomics/hgvs/format.ts';
import { looksLikeHgvs } from '../../lib/genomics/hgvs/parse.ts';
import { resolveHgvs } from '../../lib/genomics/hgvs/resolve.ts';
import { normalise } from '../../lib/genomics/normalise.ts';
import { applied, change } from '../support/arbitraries.ts';
import { whole } from '../support/windows.ts';

const ACCESSION = 'NC_000007.14';

function written(allele: Allele, context?: Parameters<typeof describeGenomicWithin>[2]): string | undefined {
  const description = describeGenomicWithin(ACCESSION, allele, context);
  return description && formatHgvs(description);
}

describe('the g. description of an allele whose surroundings are not known', () => {
  it.each([
    [140753335, 'A', 'T', 'g.140753336A>T'],
    [9, 'A', '', 'g.10del'],
    [9, 'ACG', '', 'g.10_12del'],
    [10, '', 'TT', 'g.10_11insTT'],
    [9, 'AA', 'GT', 'g.10_11delinsGT'],
    [9, 'AC', 'GT', 'g.10_11inv'],
    [9, 'A', 'GT', 'g.10delinsGT'],
    [9, 'ACG', 'T', 'g.10_12delinsT'],
    [9, 'A', 'A', 'g.10='],
  ])('%i:%s:%s is %s', (start0, deleted, inserted, text) => {
    const end0 = interbase(start0 + deleted.length);
    expect(written({ start0: interbase(start0), end0, deleted, inserted })).toBe(`${ACCESSION}:${text}`);
  });

  it('does not exist for an insertion before the first base, or for nothing at all', () => {
    expect(written(trim(interbase(0), '', 'A'))).toBeUndefined();
    expect(written(trim(interbase(5), '', ''))).toBeUndefined();
  });
});

describe('the g. description of an allele with its context', () => {
  test.prop([change], { numRuns: 1000 })(
    'is what reading the reference gives, and leads back to the same sequence',
    async ({ reference, start0, deleted, inserted }) => {
      const allele = trim(start0, deleted, inserted);
      fc.pre(deleted !== inserted && reference !== '');
      const sequences = whole(ACCESSION, reference);
      const { allele: context } = await normalise(ACCESSION, allele, sequences);
      const description = describeGenomicWithin(ACCESSION, allele, context);
      expect(description).toEqual(await describeGenomic(ACCESSION, allele, sequences));
      // HGVS has no words for what stands outside the sequence.
      if (description === undefined || description.end.base > reference.length) return;
      const [resolved] = await resolveHgvs(formatHgvs(description), { sequences });
      expect(applied(reference, resolved!.allele)).toBe(applied(reference, allele));
    },
  );

  it('moves it to the 3’ end and sees a duplication', () => {
    // C AAAA G from 1000 on.
    const context = { start0: interbase(1000), end0: interbase(1004) };
    expect(written(trim(interbase(1000), '', 'A'), context)).toBe(`${ACCESSION}:g.1004dup`);
    expect(written(trim(interbase(1001), 'A', ''), context)).toBe(`${ACCESSION}:g.1004del`);
    expect(written(trim(interbase(1001), 'A', ''))).toBe(`${ACCESSION}:g.1002del`);
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
