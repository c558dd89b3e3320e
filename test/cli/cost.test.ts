import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { chargesOf, type Workload } from '../../lib/cli/cost.ts';
import { PRICES } from '../../lib/cli/prices.ts';

const NOTHING: Workload = { requests: 0, studies: 0, ingests: 0, uploadMb: 0, studyMb: 0, seconds: 0, answerKb: 0 };
const total = (load: Workload): number => chargesOf(load).reduce((sum, { dollars }) => sum + dollars, 0);
const workload = fc.record({
  requests: fc.nat(10_000_000),
  studies: fc.nat(100_000),
  ingests: fc.nat(10_000),
  uploadMb: fc.nat(1_000),
  studyMb: fc.nat(200),
  seconds: fc.double({ min: 0, max: 10, noNaN: true }),
  answerKb: fc.nat(10_000),
});

describe('the cost estimate', () => {
  it('of an archive that nobody uses is a few dollars: key, alarms and the daily compaction', () => {
    expect(total(NOTHING)).toBeLessThan(10);
    expect(total(NOTHING)).toBeGreaterThan(PRICES.kmsKeyMonth);
  });

  it('of a million requests has what the price list says of a million requests', () => {
    const [api] = chargesOf({ ...NOTHING, requests: 1_000_000 });
    expect(api).toEqual({ what: 'API Gateway', dollars: PRICES.apiMillion });
  });

  test.prop([
    workload,
    fc.constantFrom('requests', 'studies', 'ingests', 'uploadMb', 'studyMb', 'seconds', 'answerKb'),
  ])('never falls when something grows, and is never negative', (load, what) => {
    for (const { dollars } of chargesOf(load)) expect(dollars).toBeGreaterThanOrEqual(0);
    expect(total({ ...load, [what]: load[what] + 1 })).toBeGreaterThanOrEqual(total(load));
  });
});
