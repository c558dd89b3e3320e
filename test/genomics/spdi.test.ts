import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interbase, shift } from '../../lib/genomics/coordinates.ts';
import { InvalidInputError } from '../../lib/genomics/errors.ts';
import { formatSpdi, looksLikeSpdi, parseSpdi, spdiInterval } from '../../lib/genomics/spdi.ts';

const sequence = fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T', 'N'), maxLength: 12 });

describe('parseSpdi', () => {
  test.prop([fc.nat({ max: 248_956_422 }), sequence, sequence])('undoes formatSpdi', (position, deleted, inserted) => {
    const start0 = interbase(position);
    const allele = { start0, end0: shift(start0, deleted.length), deleted, inserted };
    const spdi = parseSpdi(formatSpdi('NC_000001.11', allele));
    expect(spdi).toEqual({ accession: 'NC_000001.11', start0, deleted, deletedLength: deleted.length, inserted });
    expect(spdiInterval(spdi)).toEqual({ start0, end0: allele.end0 });
  });

  it.each([
    ['NC_000005.9:112154946:CC:C', 'CC', 2, 'C'],
    ['NC_000017.10:41246373:G:', 'G', 1, ''],
    ['NC_000017.10:41246373::T', '', 0, 'T'],
    ['NC_000017.10:41246373:3:', undefined, 3, ''],
    ['NC_000017.10:41246373:0:T', undefined, 0, 'T'],
    ['nc_000017.10:41246373:g:t', 'G', 1, 'T'],
  ])('reads %s', (text, deleted, deletedLength, inserted) => {
    expect(parseSpdi(text)).toMatchObject({ deleted, deletedLength, inserted });
  });

  it.each([
    'NC_000017.10:1:A',
    'NC_000017.10:-1:A:T',
    'NC_000017.10:1:X:T',
    'NC_000017:1:A:T',
    '17:1:A:T',
    'NC_000017.10:1:A:2',
    '',
  ])('refuses %j', (text) => expect(() => parseSpdi(text, 'variants')).toThrow(InvalidInputError));

  it('is told from HGVS by its colons', () => {
    expect(looksLikeSpdi('NC_000017.10:1::T')).toBe(true);
    expect(looksLikeSpdi('NC_000017.10:g.1A>T')).toBe(false);
  });
});
