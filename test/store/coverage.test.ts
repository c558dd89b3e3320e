import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { StudyInput } from '../../lib/genomics/study.ts';
import type { CoverageValue, RangeQuestion, SubjectView } from '../../lib/operations/ports.ts';
import { type ParquetRow, regionRow, storeStudy, type TemporaryArchive, temporaryArchive } from '../support/archive.ts';

let local: TemporaryArchive;
beforeAll(async () => {
  local = await temporaryArchive();
});
afterAll(() => local.remove());

const question = (start0: number, end0: number, index = 0): RangeQuestion => ({
  index,
  chromosome: '1',
  start0: interbase(start0),
  end0: interbase(end0),
});

interface Case {
  readonly name: string;
  readonly inputs?: readonly Partial<StudyInput>[];
  readonly regions: readonly ParquetRow[];
  readonly expected: CoverageValue;
  /** [1000, 2000) when absent. */
  readonly range?: readonly [number, number];
}

const studied = { studiedRegions: true };
const blocks = { referenceBlocks: true };

const CASES: readonly Case[] = [
  { name: 'nothing is known', regions: [], expected: 'unknown' },
  {
    name: 'the BED holds the range',
    inputs: [studied],
    regions: [regionRow('studied', 1000, 2000)],
    expected: 'covered',
  },
  {
    name: 'adjoining BED lines hold it',
    inputs: [studied],
    regions: [regionRow('studied', 900, 1500), regionRow('studied', 1500, 2100)],
    expected: 'covered',
  },
  {
    name: 'the BED misses the first base',
    inputs: [studied],
    regions: [regionRow('studied', 1001, 2000)],
    expected: 'partly',
  },
  {
    name: 'the BED misses the last base',
    inputs: [studied],
    regions: [regionRow('studied', 1000, 1999)],
    expected: 'partly',
  },
  {
    name: 'the BED has a hole',
    inputs: [studied],
    regions: [regionRow('studied', 900, 1500), regionRow('studied', 1501, 2100)],
    expected: 'partly',
  },
  {
    name: 'the BED ends where the range starts',
    inputs: [studied],
    regions: [regionRow('studied', 500, 1000)],
    expected: 'not-covered',
  },
  { name: 'the BED names another chromosome only', inputs: [studied], regions: [], expected: 'not-covered' },
  { name: 'no block of a gVCF touches it', inputs: [blocks], regions: [], expected: 'not-covered' },
  {
    name: 'blocks and called sites hold it',
    inputs: [blocks],
    regions: [regionRow('block', 900, 1500), regionRow('called', 1500, 1501), regionRow('block', 1501, 2100)],
    expected: 'covered',
  },
  { name: 'only one site is called', regions: [regionRow('called', 1500, 1501)], expected: 'partly' },
  {
    name: 'the one base is called',
    regions: [regionRow('called', 1500, 1501)],
    range: [1500, 1501],
    expected: 'covered',
  },
  {
    name: 'the empty range is a called base',
    regions: [regionRow('called', 1500, 1501)],
    range: [1500, 1500],
    expected: 'covered',
  },
  {
    name: 'the empty range is after a called base',
    regions: [regionRow('called', 1500, 1501)],
    range: [1501, 1501],
    expected: 'unknown',
  },
  {
    name: 'part is uncallable',
    inputs: [studied],
    regions: [regionRow('studied', 900, 2100), regionRow('uncallable', 1200, 1300)],
    expected: 'partly',
  },
  {
    name: 'all is uncallable',
    inputs: [studied],
    regions: [regionRow('studied', 900, 2100), regionRow('uncallable', 900, 2100)],
    expected: 'not-covered',
  },
  {
    name: 'all is uncallable, the rest unknown',
    regions: [regionRow('uncallable', 900, 2100)],
    expected: 'not-covered',
  },
  { name: 'some is uncallable, the rest unknown', regions: [regionRow('uncallable', 900, 1999)], expected: 'unknown' },
  {
    name: 'a no-call lies inside',
    inputs: [studied],
    regions: [regionRow('studied', 900, 2100), regionRow('uncalled', 1999, 2000)],
    expected: 'partly',
  },
  {
    name: 'a no-call lies outside',
    inputs: [studied],
    regions: [regionRow('studied', 900, 2100), regionRow('uncalled', 2000, 2001)],
    expected: 'covered',
  },
  {
    name: 'a filtered insertion lies at the first base',
    inputs: [studied],
    regions: [regionRow('studied', 900, 2100), regionRow('filtered', 1000, 1000)],
    expected: 'partly',
  },
  {
    name: 'the only base is a no-call',
    inputs: [studied],
    regions: [regionRow('studied', 900, 2100), regionRow('uncalled', 1500, 1501)],
    range: [1500, 1501],
    expected: 'not-covered',
  },
  {
    name: 'the only base is filtered, the rest unknown',
    regions: [regionRow('filtered', 1500, 1501)],
    range: [1500, 1501],
    expected: 'not-covered',
  },
  {
    name: "another subject's no-call lies inside",
    inputs: [studied],
    regions: [regionRow('studied', 900, 2100), regionRow('uncalled', 1500, 1501, { subject: 'S2' })],
    expected: 'covered',
  },
  {
    name: "this subject's no-call is an exception",
    regions: [regionRow('called', 1500, 1501), regionRow('uncalled', 1500, 1501, { subject: 'S1' })],
    range: [1500, 1501],
    expected: 'not-covered',
  },
  {
    name: 'two inputs hold it together',
    inputs: [studied, studied],
    regions: [regionRow('studied', 900, 1500), regionRow('studied', 1500, 2100, { input: 1 })],
    expected: 'covered',
  },
  {
    name: "the other input sees what one can't",
    inputs: [studied, studied],
    regions: [
      regionRow('studied', 900, 2100),
      regionRow('uncallable', 1200, 1300),
      regionRow('studied', 900, 2100, { input: 1 }),
    ],
    expected: 'covered',
  },
  {
    name: "the other input's no-call lies inside",
    inputs: [studied, studied],
    regions: [regionRow('studied', 900, 2100), regionRow('uncalled', 1500, 1501, { input: 1 })],
    expected: 'partly',
  },
  {
    name: 'one input saw nothing, the other does not say',
    inputs: [studied, {}],
    regions: [regionRow('studied', 100, 200)],
    expected: 'unknown',
  },
  {
    name: "one input's exclusion says nothing of the other",
    inputs: [{}, {}],
    regions: [regionRow('uncallable', 900, 2100)],
    expected: 'unknown',
  },
  {
    name: 'a long region and a short exception inside it',
    inputs: [studied],
    regions: [regionRow('studied', 0, 100_000_000), regionRow('uncallable', 1999, 2000)],
    expected: 'partly',
  },
];

describe('coverage', () => {
  it.each(CASES.map((each, number) => ({ ...each, number })))(
    '$name: $expected',
    async ({ number, inputs = [{}], regions, range = [1000, 2000], expected }) => {
      const committed = await storeStudy(local, { id: `coverage-${number}`, inputs, regions: { 1: regions } });
      const view = viewOf(committed);
      expect(await local.ports.variants.coverage(view, [question(...range)])).toEqual([expected]);
      // The same through the join of many questions, the last of which touches nothing.
      const many = [question(...range, 0), question(...range, 1), question(200_000_000, 200_000_001, 2)];
      expect((await local.ports.variants.coverage(view, many)).slice(0, 2)).toEqual([expected, expected]);
    },
  );

  it('is unknown for a view without studies or inputs', async () => {
    const empty: SubjectView = { subject: 'S1', studies: [] };
    expect(await local.ports.variants.coverage(empty, [question(0, 1)])).toEqual(['unknown']);
    expect(await local.ports.variants.coverage(empty, [])).toEqual([]);
  });

  it('joins what two studies saw', async () => {
    const one = await storeStudy(local, {
      id: 'left',
      inputs: [studied],
      regions: { 1: [regionRow('studied', 1000, 1500)] },
    });
    const two = await storeStudy(local, {
      id: 'right',
      inputs: [studied],
      regions: { 1: [regionRow('studied', 1500, 2000)] },
    });
    const view = { subject: 'S1', studies: [...viewOf(one).studies, ...viewOf(two).studies] };
    expect(await local.ports.variants.coverage(view, [question(1000, 2000)])).toEqual(['covered']);
  });
});

describe('regions', () => {
  it('gives studied and uncallable regions, clipped to what was asked', async () => {
    const committed = await storeStudy(local, {
      id: 'regions',
      inputs: [studied],
      regions: {
        1: [
          regionRow('studied', 900, 1500),
          regionRow('studied', 1500, 2100),
          regionRow('uncallable', 1200, 1300),
          regionRow('called', 1250, 1251),
        ],
        2: [regionRow('studied', 0, 50)],
      },
    });
    const asked = [question(1000, 1250, 0), question(2000, 9000, 1)];
    expect(await local.ports.variants.regions(viewOf(committed), asked)).toEqual([
      {
        study: 'regions',
        chromosome: '1',
        kind: 'studied',
        regions: [
          { start0: 1000, end0: 1250 },
          { start0: 2000, end0: 2100 },
        ],
      },
      { study: 'regions', chromosome: '1', kind: 'uncallable', regions: [{ start0: 1200, end0: 1250 }] },
    ]);
  });
});

function viewOf({ study, subjects }: Awaited<ReturnType<typeof storeStudy>>): SubjectView {
  return { subject: 'S1', studies: [{ study, samples: subjects.get('S1')! }] };
}
