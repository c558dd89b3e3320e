import { test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { changeTypeOf, reverseComplement, trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { placements } from '../../lib/genomics/placements.ts';
import { applied, bases, change } from '../support/arbitraries.ts';

describe('trim', () => {
  test.prop([change])('keeps the sequence that results', ({ reference, start0, deleted, inserted }) => {
    expect(applied(reference, trim(start0, deleted, inserted))).toBe(applied(reference, { start0, deleted, inserted }));
  });

  test.prop([change])(
    'leaves nothing to trim, and states the bases of its interval',
    ({ reference, start0, deleted, inserted }) => {
      const allele = trim(start0, deleted, inserted);
      expect(trim(allele.start0, allele.deleted, allele.inserted)).toEqual(allele);
      expect(reference.slice(allele.start0, allele.end0)).toBe(allele.deleted);
      if (allele.deleted !== '' && allele.inserted !== '') {
        expect(allele.deleted.at(0)).not.toBe(allele.inserted.at(0));
        expect(allele.deleted.at(-1)).not.toBe(allele.inserted.at(-1));
      }
    },
  );

  test.prop([change, bases(0, 4), bases(0, 4)])(
    'is the same with more context',
    ({ deleted, inserted }, before, after) => {
      const start0 = interbase(10);
      const wide = trim(interbase(10 - before.length), before + deleted + after, before + inserted + after);
      const narrow = trim(start0, deleted, inserted);
      // A pure insertion or deletion may move within a repeat of the context; anything else stays.
      if (narrow.deleted !== '' && narrow.inserted !== '') expect(wide).toEqual(narrow);
      else expect([wide.deleted.length, wide.inserted.length]).toEqual([narrow.deleted.length, narrow.inserted.length]);
    },
  );

  it.each([
    ['G', 'A', 10, 11, 'SNV'],
    ['A', 'AT', 11, 11, 'INS'],
    ['AT', 'A', 11, 12, 'DEL'],
    ['CTT', 'C', 11, 13, 'DEL'],
    ['AC', 'GT', 10, 12, 'MNV'],
    ['ACG', 'TTG', 10, 12, 'MNV'],
    ['ACG', 'T', 10, 13, 'DELINS'],
  ] as const)('%s to %s at 10 is [%i, %i) %s', (ref, alt, start0, end0, type) => {
    const allele = trim(interbase(10), ref, alt);
    expect([allele.start0, allele.end0, changeTypeOf(allele)]).toEqual([start0, end0, type]);
  });
});

describe('placements', () => {
  test.prop([change])(
    'are exactly the places within the stated bases that give the same sequence',
    ({ deleted, inserted }) => {
      if (deleted === inserted) return;
      const result = applied(deleted, { start0: interbase(0), deleted, inserted });
      const found = placements(interbase(0), deleted, inserted);
      const { deleted: removed, inserted: added } = trim(interbase(0), deleted, inserted);
      for (const one of found) {
        expect(applied(deleted, one)).toBe(result);
        expect(deleted.slice(one.start0, one.end0)).toBe(one.deleted);
      }
      if (removed !== '' && added !== '') {
        expect(found).toHaveLength(1);
        return;
      }
      const size = removed.length + added.length;
      const possible = Array.from({ length: deleted.length + 1 }, (_, start0) => start0).filter((start0) => {
        if (removed !== '')
          return start0 + size <= deleted.length && deleted.slice(0, start0) + deleted.slice(start0 + size) === result;
        return deleted.slice(0, start0) + result.slice(start0, start0 + size) + deleted.slice(start0) === result;
      });
      expect(found.map(({ start0 }) => start0)).toEqual(possible);
    },
  );

  it('of a change in a very long repeat are the first and the last', () => {
    const found = placements(interbase(0), 'A'.repeat(500), 'A'.repeat(501));
    expect(found.map(({ start0 }) => start0)).toEqual([0, 500]);
  });
});

describe('reverseComplement', () => {
  test.prop([bases(0, 20)])('undoes itself', (sequence) => {
    expect(reverseComplement(reverseComplement(sequence))).toBe(sequence);
  });

  it('knows ambiguity codes', () => expect(reverseComplement('ACGTURYSWKMBDHVN')).toBe('NBDHVKMWSRYAACGT'));
});
