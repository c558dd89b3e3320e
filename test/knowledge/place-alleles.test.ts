import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { reverseComplement } from '../../lib/genomics/allele.ts';
import { sequencesOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Interval } from '../../lib/genomics/interval.ts';
import { allelePlacer } from '../../lib/knowledge/release/place-alleles.ts';
import {
  ACCESSION,
  DIFFERING,
  MISSING,
  SEQUENCE,
  START,
  TURNED,
  TURNED_ACCESSION,
  TURNED_START,
  twoAssemblies,
} from '../support/two-assemblies.ts';

const WINDOWS = twoAssemblies();

/** Where a stretch begins and how long it is. */
const STRETCHES = new Map<string, readonly [start0: number, bases: number]>([
  [ACCESSION.GRCh37, [START.GRCh37, SEQUENCE.length]],
  [ACCESSION.GRCh38, [START.GRCh38, SEQUENCE.length - MISSING.length]],
  [TURNED_ACCESSION.GRCh37, [TURNED_START.GRCh37, TURNED.length]],
  [TURNED_ACCESSION.GRCh38, [TURNED_START.GRCh38, TURNED.length]],
]);

/** The same as if whole chromosomes were loaded, as they mostly are: N around the made-up stretches. */
const WHOLE = {
  ...WINDOWS,
  sequences: {
    ...WINDOWS.sequences,
    has: (accession: string, interval?: Interval) =>
      WINDOWS.sequences.has(accession) && (interval?.end0 ?? 0) <= (sequencesOf(accession)[0]?.length ?? 0),
    length: async (accession: string) => sequencesOf(accession)[0]?.length ?? 0,
    async sequence(accession: string, { start0, end0 }: Interval) {
      const [first, bases] = STRETCHES.get(accession) ?? [0, 0];
      const [from, to] = [Math.max(start0, first), Math.min(end0, first + bases)];
      if (from >= to) return 'N'.repeat(end0 - start0);
      const known = await WINDOWS.sequences.sequence(accession, { start0: interbase(from), end0: interbase(to) });
      return 'N'.repeat(from - start0) + known + 'N'.repeat(end0 - to);
    },
  },
};
/** Changes of both stretches, most of them with the bases that GRCh37 has there. */
const spdi = fc
  .record({
    accession: fc.constantFrom(...STRETCHES.keys()),
    offset: fc.oneof(
      fc.integer({ min: 0, max: SEQUENCE.length + 3 }),
      fc.constantFrom(DIFFERING, DIFFERING - 1, MISSING.offset - 1, MISSING.offset + MISSING.length),
    ),
    length: fc.integer({ min: 0, max: 4 }),
    inserted: fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), maxLength: 4 }),
  })
  .map(({ accession, offset, length, inserted }) => {
    const bases = accession.startsWith('NC_000001') ? SEQUENCE : accession === TURNED_ACCESSION.GRCh37 ? TURNED : BACK;
    const deleted = bases.slice(offset, offset + length);
    return `${accession}:${(STRETCHES.get(accession)?.[0] ?? 0) + offset}:${deleted}:${inserted}`;
  });
const BACK = reverseComplement(TURNED);

describe.each([
  ['with whole chromosomes', WHOLE],
  ['without a reference', twoAssemblies({ windows: [] })],
])('a placer %s', (_what, reference) => {
  test.prop([fc.array(spdi, { minLength: 1, maxLength: 20 })])(
    'says the same at once, when all is at hand, as when it must read',
    async (spdis) => {
      const warm = allelePlacer(reference);
      for (const one of spdis) await warm([one]);
      for (const one of spdis) expect(await warm([one])).toEqual(await allelePlacer(reference)([one]));
    },
  );

  it('does not wait for a substitution once its neighbour was placed', async () => {
    const at = (offset: number): string => {
      const base = SEQUENCE[offset] as string;
      return `${ACCESSION.GRCh38}:${START.GRCh38 + offset}:${base}:${base === 'A' ? 'C' : 'A'}`;
    };
    const warm = allelePlacer(reference);
    await warm([at(20)]);
    const placed = warm([at(21)]);
    expect(placed).not.toBeInstanceOf(Promise);
    expect(placed).toMatchObject({ alleles: [{ assembly: 'GRCh38' }, { assembly: 'GRCh37' }], refused: [] });
  });
});

describe('a placer with windows of chromosomes only', () => {
  it('places as with whole ones', async () => {
    const base = SEQUENCE[20] as string;
    const item = `${ACCESSION.GRCh38}:${START.GRCh38 + 20}:${base}:${base === 'A' ? 'C' : 'A'}`;
    expect(await allelePlacer(WINDOWS)([item])).toEqual(await allelePlacer(WHOLE)([item]));
  });

  it('refuses what the reference has not, before and after it has read', async () => {
    const base = SEQUENCE[20] as string;
    const [other, third] = [...'ACGT'].filter((one) => one !== base);
    const wrong = `${ACCESSION.GRCh38}:${START.GRCh38 + 20}:${other}:${third}`;
    const place = allelePlacer(WHOLE);
    for (let time = 0; time < 2; time++) {
      expect(await place([wrong])).toMatchObject({
        alleles: [],
        refused: [{ reason: 'the reference has other bases there', item: wrong }],
      });
    }
  });
});
