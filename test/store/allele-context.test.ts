import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { SubjectView } from '../../lib/operations/ports.ts';
import { collect, storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { span } from '../support/archive-builder.ts';

let local: TemporaryArchive;
let view: SubjectView;

// The reference has T at 99, ACACAC from 100 to 106 and T at 106.
beforeAll(async () => {
  local = await temporaryArchive();
  await storeStudy(local, {
    id: 'repeat',
    variants: {
      1: [
        variantRow(99, 'T', 'TAC', { ids: 'left insertion' }),
        variantRow(99, 'TAC', 'T', { ids: 'left deletion' }),
        variantRow(100, 'A', 'AAC', { ids: 'breaks the repeat' }),
        variantRow(100, 'A', 'ACA', { ids: 'turned insertion' }),
        variantRow(103, 'CAC', 'C', { ids: 'right deletion' }),
        variantRow(105, 'C', 'CAC', { ids: 'right insertion' }),
        variantRow(106, 'T', 'TAC', { ids: 'behind' }),
      ],
    },
  });
  const record = await local.ports.studies.subject('S1');
  view = { subject: 'S1', studies: record?.studies ?? [] };
});
afterAll(() => local.remove());

describe('an allele with its context', () => {
  it.each([
    ['', 'AC', 100, ['left insertion', 'right insertion', 'turned insertion']],
    ['', 'CA', 103, ['left insertion', 'right insertion', 'turned insertion']],
    ['AC', '', 102, ['left deletion', 'right deletion']],
    ['', 'A', 100, []],
  ] as const)('%j to %j at %i is found wherever a row states it', async (deleted, inserted, start0, expected) => {
    const allele = trim(interbase(start0), deleted, inserted);
    const asked = async (context: object) => {
      const question = { ...allele, index: 0, chromosome: '1' as const, ...context };
      const answers = await collect(local.ports.variants.alleles(view, [question]));
      return answers.map(({ row }) => row.ids).sort();
    };
    expect(await asked({ context: span(100, 106) })).toEqual(expected);
    // Without the context only rows that state just this are certain.
    expect(expected).toEqual(expect.arrayContaining(await asked({})));
  });
});
