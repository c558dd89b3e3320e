import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { CannotAnswerError } from '../../lib/genomics/errors.ts';
import { normalise } from '../../lib/genomics/normalise.ts';
import type { Sequences } from '../../lib/genomics/ports.ts';
import { openJustifier, referenceFindings, type StatedAllele } from '../../lib/ingest/justify.ts';
import { type Window, whole, windowSequences } from '../support/windows.ts';

const ACCESSION = 'NC_000001.11';

function stated(pos: number, ref: string, alt: string, line?: number): StatedAllele {
  const reportedStart0 = interbase(pos - 1);
  const { start0, end0 } = trim(reportedStart0, ref, alt);
  return { reportedStart0, ref, alt, start0, end0, ...(line === undefined ? {} : { line }) };
}

/** Windows that know what they hold, as the files of a reference do. */
function windowed(windows: readonly Window[], length: number): Sequences {
  const sequences = windowSequences(windows, new Map([[ACCESSION, length]]));
  return {
    ...sequences,
    has: (accession, interval) =>
      accession === ACCESSION &&
      (interval === undefined ||
        windows.some(({ start0, bases }) => start0 <= interval.start0 && interval.end0 <= start0 + bases.length)),
  };
}

/** Repeats of short units one after the other: nearly everything slides, some of it far. */
const repetitive = fc
  .array(fc.tuple(fc.constantFrom('A', 'C', 'AC', 'ACG', 'GATA', 'N', 'T'), fc.integer({ min: 1, max: 400 })), {
    minLength: 3,
    maxLength: 12,
  })
  .map((runs) => runs.map(([unit, times]) => unit.repeat(times)).join(''));
const events = fc.array(
  fc.record({
    at: fc.nat(100_000),
    anchor: fc.integer({ min: 0, max: 3 }),
    deleted: fc.nat(6),
    copied: fc.nat(6),
    other: fc.constantFrom('', '', 'A', 'AC', 'N'),
    wrong: fc.integer({ min: 0, max: 19 }),
  }),
  { minLength: 1, maxLength: 25 },
);

function allelesOn(bases: string, list: typeof events extends fc.Arbitrary<infer T> ? T : never): StatedAllele[] {
  return list
    .flatMap(({ at, anchor, deleted, copied, other, wrong }) => {
      const from = at % bases.length;
      const ref = bases.slice(from, from + anchor + deleted);
      const inserted = bases.slice(from + anchor, from + anchor + copied) + other;
      const said = wrong === 0 ? ref.replace('A', 'G') : ref;
      const alt = said.slice(0, anchor) + inserted;
      return ref === '' || alt === '' || said === alt ? [] : [stated(from + 1, said, alt)];
    })
    .sort((a, b) => a.reportedStart0 - b.reportedStart0);
}

/** What `normalise` says, one allele at a time. */
async function expectedOf(alleles: readonly StatedAllele[], sequences: Sequences) {
  let [unnormalised, mismatches] = [0, 0];
  const intervals = [];
  for (const { reportedStart0, ref, alt, start0, end0 } of alleles) {
    const allele = {
      start0: reportedStart0,
      end0: interbase(reportedStart0 + ref.length),
      deleted: ref,
      inserted: alt,
    };
    const slides = (end0 === start0) !== (alt.length - ref.length + end0 - start0 === 0);
    const normalised = await normalise(ACCESSION, allele, sequences).catch((error: unknown) => {
      if (error instanceof CannotAnswerError) return undefined;
      throw error;
    });
    if (normalised === undefined) unnormalised++;
    else if (normalised.reference === 'differs') mismatches++;
    const found = slides && normalised?.reference === 'agrees' ? normalised.allele : undefined;
    intervals.push(found && { start0: found.start0, end0: found.end0 });
  }
  return { intervals, unnormalised, mismatches };
}

async function justifiedOf(alleles: readonly StatedAllele[], sequences: Sequences) {
  const findings = referenceFindings();
  const justifier = openJustifier(sequences, ACCESSION, findings);
  // Each allele as a record of its own; in two batches, as blocks of a file come.
  const numbered = alleles.map((allele, line) => ({ ...allele, line }));
  const half = numbered.length >> 1;
  const found = [
    ...(await justifier.justify(numbered.slice(0, half))),
    ...(await justifier.justify(numbered.slice(half))),
  ];
  const intervals = found.map((one) => one && { start0: one.start0, end0: one.end0 });
  return { intervals, unnormalised: findings.unnormalised, mismatches: findings.mismatches };
}

describe('justified intervals at ingest', () => {
  test.prop([repetitive, events], { numRuns: 200 })('are those of normalise()', async (bases, list) => {
    const sequences = whole(ACCESSION, bases);
    const alleles = allelesOn(bases, list);
    expect(await justifiedOf(alleles, sequences)).toEqual(await expectedOf(alleles, sequences));
  });

  test.prop([repetitive, events, fc.tuple(fc.nat(2000), fc.nat(2000))], { numRuns: 200 })(
    'are right where only windows are loaded, and there whenever normalise() finds them',
    async (bases, list, cuts) => {
      const [a = 0, b = 0] = cuts.map((cut) => cut % bases.length).sort((one, other) => one - other);
      const windows = [
        { accession: ACCESSION, start0: 0, bases: bases.slice(0, a) },
        { accession: ACCESSION, start0: b, bases: bases.slice(b) },
      ];
      const sequences = windowed(windows, bases.length);
      const alleles = allelesOn(bases, list);
      const found = await justifiedOf(alleles, sequences);
      const right = await expectedOf(alleles, whole(ACCESSION, bases));
      // Reading in fixed steps, normalise() may ask for bases beyond a window that it would not have needed.
      const least = await expectedOf(alleles, sequences);
      expect(found.intervals).toEqual(right.intervals.map((one, i) => found.intervals[i] && one));
      expect(found.intervals).toEqual(found.intervals.map((one, i) => least.intervals[i] ?? one));
      expect(found.unnormalised).toBeLessThanOrEqual(least.unnormalised);
    },
  );

  it('reads few and long pieces for alleles that are near each other', async () => {
    const bases = 'ACGGTCATTG'.repeat(60_000);
    let reads = 0;
    const sequences = whole(ACCESSION, bases);
    const counted: Sequences = {
      ...sequences,
      sequence: (accession, interval) => {
        reads++;
        return sequences.sequence(accession, interval);
      },
    };
    const alleles = Array.from({ length: 50_000 }, (_, i) => stated(i * 10 + 4, 'GT', 'G'));
    const justifier = openJustifier(counted, ACCESSION, referenceFindings());
    const intervals = await justifier.justify(alleles);
    expect(intervals.every((interval) => interval !== undefined)).toBe(true);
    expect(reads).toBeLessThan(5);
  });

  it('counts a record once and gives the first three in words, 0-based', async () => {
    const findings = referenceFindings();
    const justifier = openJustifier(whole(ACCESSION, 'A'.repeat(50)), ACCESSION, findings);
    const alleles = [7, 7, 8, 9, 10].map((line, i) => stated(line + 3, 'G', i === 1 ? 'C' : 'T', line));
    expect(await justifier.justify(alleles)).toEqual(alleles.map(() => undefined));
    expect(findings).toMatchObject({ mismatches: 4, unnormalised: 0 });
    expect(findings.examples).toHaveLength(3);
    expect(findings.examples[0]).toBe('line 7: REF is G, the reference has A at NC_000001.11:9 (0-based)');
  });
});
