import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Allele, trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { normalise } from '../../lib/genomics/normalise.ts';
import { justifiedWithin, sameEvent } from '../../lib/genomics/same-event.ts';
import { applied, bases } from '../support/arbitraries.ts';
import { whole } from '../support/windows.ts';

const ACCESSION = 'NC_000001.11';

/** Two replacements on one reference, of two letters so that they often make the same sequence. */
const pair = fc
  .record({
    reference: bases(1, 12),
    cuts: fc.array(fc.nat(12), { minLength: 4, maxLength: 4 }),
    a: bases(0, 3),
    b: bases(0, 3),
  })
  .map(({ reference, cuts, a, b }) => {
    const [p = 0, q = 0, r = 0, s = 0] = cuts.map((cut) => cut % (reference.length + 1));
    const trimmed = (from: number, to: number, inserted: string): Allele =>
      trim(interbase(Math.min(from, to)), reference.slice(Math.min(from, to), Math.max(from, to)), inserted);
    return { reference, asked: trimmed(p, q, a), stated: trimmed(r, s, b) };
  });

describe('sameEvent', () => {
  test.prop([pair], { numRuns: 2000 })(
    'holds just when both make the same sequence',
    async ({ reference, asked, stated }) => {
      const changes = asked.deleted !== asked.inserted && stated.deleted !== stated.inserted;
      fc.pre(changes);
      const { allele: context } = await normalise(ACCESSION, asked, whole(ACCESSION, reference));
      expect(sameEvent(asked, context, stated)).toBe(applied(reference, asked) === applied(reference, stated));
    },
  );

  it('tells two insertions of the same bases in one repeat apart by where they stand', () => {
    // ACACAC: AC before it lengthens the repeat, AC one base on breaks it.
    const at = (start: number): Allele => ({
      start0: interbase(start),
      end0: interbase(start),
      deleted: '',
      inserted: 'AC',
    });
    const context = { start0: interbase(10), end0: interbase(16) };
    expect(sameEvent(at(10), context, at(14))).toBe(true);
    expect(sameEvent(at(10), context, at(13))).toBe(false);
    expect(sameEvent(at(10), context, { ...at(13), inserted: 'CA' })).toBe(true);
    expect(sameEvent(at(10), context, at(17))).toBe(false);
    expect(sameEvent(at(10), undefined, at(14))).toBe(false);
  });
});

describe('justifiedWithin', () => {
  test.prop([pair], { numRuns: 1000 })(
    'spells the justified allele without the reference',
    async ({ reference, asked }) => {
      fc.pre((asked.deleted === '') !== (asked.inserted === ''));
      const { allele } = await normalise(ACCESSION, asked, whole(ACCESSION, reference));
      expect(justifiedWithin(asked, allele)).toEqual(allele);
    },
  );

  it('has nothing to say of substitutions and of intervals elsewhere', () => {
    const substitution = trim(interbase(5), 'A', 'C');
    expect(justifiedWithin(substitution, substitution)).toBeUndefined();
    expect(justifiedWithin(trim(interbase(5), 'A', ''), { start0: interbase(6), end0: interbase(9) })).toBeUndefined();
  });
});
