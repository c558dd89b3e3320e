import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Allele, trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { CannotAnswerError, InvalidInputError } from '../../lib/genomics/errors.ts';
import { alleleOfSpdi, canonicalSpdi, leftAlign, normalise, rightAlign } from '../../lib/genomics/normalise.ts';
import { parseSpdi } from '../../lib/genomics/spdi.ts';
import { whole, windowSequences } from '../support/windows.ts';

const ACCESSION = 'NC_000001.11';
const allele = (start: number, deleted: string, inserted: string): Allele => ({
  start0: interbase(start),
  end0: interbase(start + deleted.length),
  deleted,
  inserted,
});

/** The sequence that an allele makes of a reference: what two writings of one change must share. */
function apply(reference: string, { start0, end0, inserted }: Allele): string {
  return reference.slice(0, start0) + inserted + reference.slice(end0);
}

describe('fully-justified alleles', () => {
  const sequences = whole(ACCESSION, 'GGCTCCTCCTAG');

  it.each([
    // The three ways of deleting one CTC of the SPDI paper's kind of repeat, and an insertion of one unit.
    [allele(2, 'CTC', ''), `${ACCESSION}:2:CTCCTCCT:CTCCT`],
    [allele(5, 'CTC', ''), `${ACCESSION}:2:CTCCTCCT:CTCCT`],
    [allele(6, 'TCCT', 'T'), `${ACCESSION}:2:CTCCTCCT:CTCCT`],
    [allele(1, 'G', 'GCTC'), `${ACCESSION}:2:CTCCTCCT:CTCCTCCTCCT`],
    [allele(10, '', 'CCT'), `${ACCESSION}:2:CTCCTCCT:CTCCTCCTCCT`],
    [allele(10, '', 'T'), `${ACCESSION}:9:T:TT`],
    [allele(0, 'GG', 'G'), `${ACCESSION}:0:GG:G`],
    [allele(10, 'AG', 'A'), `${ACCESSION}:11:G:`],
    // MNVs are trimmed and stay; so does what changes nothing.
    [allele(3, 'TCC', 'TGC'), `${ACCESSION}:4:C:G`],
    [allele(3, 'TCCT', 'TGAT'), `${ACCESSION}:4:CC:GA`],
    [allele(3, 'T', 'T'), `${ACCESSION}:3:T:T`],
  ])('%o is %s', async (stated, spdi) => {
    expect(await canonicalSpdi(ACCESSION, stated, sequences)).toBe(spdi);
  });

  it('follows a repeat through many windows', async () => {
    const bases = `C${'A'.repeat(100_000)}G`;
    const normalised = await normalise(ACCESSION, allele(50_000, 'A', ''), whole(ACCESSION, bases));
    expect(normalised.allele).toMatchObject({ start0: 1, end0: 100_001 });
    expect(normalised.allele.inserted).toHaveLength(99_999);
  });

  it('reports a reference mismatch with its position and leaves the allele as stated', async () => {
    const normalised = await normalise(ACCESSION, allele(2, 'CTA', 'C'), sequences);
    expect(normalised).toMatchObject({
      reference: 'differs',
      mismatch: { start0: 4, stated: 'CTA', found: 'CTC' },
      allele: { start0: 3, deleted: 'TA', inserted: '' },
    });
    await expect(canonicalSpdi(ACCESSION, allele(2, 'A', 'G'), sequences)).rejects.toThrow(InvalidInputError);
  });

  it('takes an N of the reference for any base and does not slide through it', async () => {
    const withN = whole(ACCESSION, 'GANAAAT');
    expect(await canonicalSpdi(ACCESSION, allele(2, 'A', 'C'), withN)).toBe(`${ACCESSION}:2:A:C`);
    expect(await canonicalSpdi(ACCESSION, allele(4, 'A', ''), withN)).toBe(`${ACCESSION}:3:AAA:AA`);
  });

  it('does without a reference for substitutions only', async () => {
    expect(await normalise(ACCESSION, allele(2, 'CT', 'CA'))).toEqual({
      reference: 'unchecked',
      allele: allele(3, 'T', 'A'),
    });
    await expect(normalise(ACCESSION, allele(2, 'CT', 'C'))).rejects.toThrow(CannotAnswerError);
    await expect(normalise('NC_000002.12', allele(2, 'CT', 'C'), sequences)).rejects.toThrow(/NC_000002\.12/);
  });

  it('does not invent bases beside what is known', async () => {
    const some = windowSequences([{ accession: ACCESSION, start0: 100, bases: 'ACGTACGT' }]);
    await expect(normalise(ACCESSION, allele(103, 'T', ''), some)).rejects.toThrow(CannotAnswerError);
  });
});

describe('SPDI as alleles', () => {
  it.each([
    ['NC_000001.11:4:2:A', allele(4, 'CC', 'A')],
    ['NC_000001.11:4:0:A', allele(4, '', 'A')],
    ['NC_000001.11:4::A', allele(4, '', 'A')],
    ['NC_000001.11:4:CC:', allele(4, 'CC', '')],
  ])('%s', async (text, expected) => {
    expect(await alleleOfSpdi(parseSpdi(text), whole(ACCESSION, 'GGCTCCTCCTAG'))).toEqual(expected);
  });

  it('needs the reference only for a deletion stated by its length', async () => {
    expect(await alleleOfSpdi(parseSpdi('NC_000001.11:4:CC:A'))).toEqual(allele(4, 'CC', 'A'));
    await expect(alleleOfSpdi(parseSpdi('NC_000001.11:4:2:A'))).rejects.toThrow(CannotAnswerError);
  });
});

describe('laws', () => {
  const bases = (letters: string, minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...letters), minLength, maxLength });
  // Two letters make repeats, in which sliding happens, likely.
  const scene = fc
    .record({ reference: bases('AC', 1, 60), inserted: bases('AC', 0, 6), at: fc.nat(), size: fc.nat(6) })
    .map(({ reference, inserted, at, size }) => {
      const start = at % (reference.length + 1);
      return { reference, stated: allele(start, reference.slice(start, start + size), inserted) };
    });

  test.prop([scene])('normalising is idempotent and keeps the sequence', async ({ reference, stated }) => {
    const sequences = whole(ACCESSION, reference);
    const once = await normalise(ACCESSION, stated, sequences);
    const twice = await normalise(ACCESSION, once.allele, sequences);
    expect(twice).toEqual(once);
    expect(apply(reference, once.allele)).toBe(apply(reference, stated));
    expect(reference.slice(once.allele.start0, once.allele.end0)).toBe(once.allele.deleted);
  });

  test.prop([scene, fc.nat(10), fc.nat(10)])(
    'anchoring with more reference bases changes nothing',
    async ({ reference, stated }, before, after) => {
      fc.pre(stated.deleted !== stated.inserted);
      const sequences = whole(ACCESSION, reference);
      const start = Math.max(0, stated.start0 - before);
      const tail = reference.slice(stated.end0, stated.end0 + after);
      const head = reference.slice(start, stated.start0);
      const anchored = allele(start, head + stated.deleted + tail, head + stated.inserted + tail);
      expect(await normalise(ACCESSION, anchored, sequences)).toEqual(await normalise(ACCESSION, stated, sequences));
    },
  );

  test.prop([scene])('every place an indel can slide to is one allele', async ({ reference, stated }) => {
    const sequences = whole(ACCESSION, reference);
    const left = await leftAlign(ACCESSION, stated, sequences);
    const right = await rightAlign(ACCESSION, stated, sequences);
    expect(apply(reference, left)).toBe(apply(reference, stated));
    expect(apply(reference, right)).toBe(apply(reference, stated));
    fc.pre(stated.deleted !== stated.inserted);
    const canonical = await normalise(ACCESSION, stated, sequences);
    expect(await normalise(ACCESSION, left, sequences)).toEqual(canonical);
    expect(await normalise(ACCESSION, right, sequences)).toEqual(canonical);
    const { start0, end0 } = canonical.allele;
    expect([left.start0, right.end0]).toEqual([start0, end0]);
    const trimmed = trim(stated.start0, stated.deleted, stated.inserted);
    expect(start0 <= trimmed.start0 && end0 >= trimmed.end0).toBe(true);
  });
});
