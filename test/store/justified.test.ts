import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { intersects } from '../../lib/genomics/interval.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { renormalise } from '../../lib/ingest/renormalise.ts';
import type { IngestRequest } from '../../lib/ingest/request.ts';
import type { RangeQuestion, SubjectView } from '../../lib/operations/ports.ts';
import { collect, storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { justifiedInterval, type SlidingEvent, slidingEvents } from '../support/sliding-events.ts';
import { vcf } from '../support/vcf-builder.ts';
import { whole } from '../support/windows.ts';

const { bases, events } = slidingEvents(7, 400);
const sequences = whole('NC_000001.11', bases);

describe('rows whose insertions and deletions slide', () => {
  let local: TemporaryArchive;
  let view: SubjectView;

  beforeAll(async () => {
    local = await temporaryArchive();
    const file = join(local.folder, 'sliding.vcf');
    writeFileSync(file, vcf(events.map(({ pos, ref, alt }) => ({ pos, ref, alt, samples: ['0/1'] }))));
    const request = (study: string): IngestRequest => ({
      study,
      assembly: 'GRCh38',
      testId: study,
      testDate: '2026-01-01',
      mode: 'create',
      inputs: [{ file, subject: 'S1', sourceClass: 'germline' }],
    });
    await ingest(request('a-normalised'), local.archive, { sequences });
    await ingest(request('b-stated'), local.archive);
    await ingest(request('c-renormalised'), local.archive);
    expect(await renormalise('c-renormalised', local.archive, sequences)).toMatchObject({
      status: 'committed',
      version: 2,
      rewritten: 1,
      unnormalised: 0,
      mismatches: 0,
    });
    // As older versions of this program wrote it: without the columns and without `maxSlide`.
    for (const id of ['d-older', 'e-older-renormalised']) {
      const rows = events.map(({ pos, ref, alt }) => variantRow(pos - 1, ref, alt));
      await storeStudy(local, { id, variants: { 1: rows } });
    }
    expect(await renormalise('e-older-renormalised', local.archive, sequences)).toMatchObject({ rewritten: 1 });
    const record = await local.ports.studies.subject('S1');
    view = { subject: 'S1', studies: record?.studies ?? [] };
  });
  afterAll(() => local.remove());

  it('say in the study whether they were normalised', () => {
    const releases = view.studies.map(({ study }) => [study.id, study.referenceRelease] as const);
    expect(Object.fromEntries(releases)).toEqual({
      'a-normalised': 'windows',
      'b-stated': undefined,
      'c-renormalised': 'windows',
      'd-older': undefined,
      'e-older-renormalised': 'windows',
    });
    const counts = view.studies.map(({ study }) => [study.id, study.inputs[0]?.counts['not-normalised']] as const);
    expect(Object.fromEntries(counts)).toMatchObject({ 'b-stated': events.length, 'c-renormalised': undefined });
  });

  const meets = (event: SlidingEvent, range: RangeQuestion): boolean =>
    event.placements.some((placement) => intersects(placement, range));
  const range = fc
    .tuple(fc.nat(bases.length), fc.oneof(fc.nat(3), fc.nat(40), fc.nat(2000)))
    .map(([start, length]) => ({ start0: interbase(start), end0: interbase(start + length) }));

  test.prop([fc.array(range, { minLength: 1, maxLength: 12 })], { numRuns: 60, seed: 3 })(
    'are found by a range that touches any of their placements, once normalised',
    async (ranges) => {
      const questions = ranges.map((each, index): RangeQuestion => ({ ...each, index, chromosome: '1' }));
      const answers = await collect(local.ports.variants.simple(view, questions));
      const found = (index: number, study: string): string[] =>
        answers
          .filter((answer) => answer.index === index && answer.row.study.id === study)
          .map(({ row }) => `${row.reportedStart0 + 1} ${row.ref} ${row.alt}`)
          .sort();
      const names = (list: readonly SlidingEvent[]): string[] =>
        list.map(({ pos, ref, alt }) => `${pos} ${ref} ${alt}`).sort();
      const present = await local.ports.variants.present(view, questions, 'simple');
      for (const question of questions) {
        const all = events.filter((event) => meets(event, question));
        const stated = answers.filter(({ index, row }) => index === question.index && row.study.id === 'b-stated');
        expect(found(question.index, 'a-normalised')).toEqual(names(all));
        expect(found(question.index, 'c-renormalised')).toEqual(names(all));
        expect(found(question.index, 'e-older-renormalised')).toEqual(names(all));
        expect(found(question.index, 'd-older')).toEqual(found(question.index, 'b-stated'));
        expect(stated.every(({ row }) => intersects(row, question))).toBe(true);
        expect(present.has(question.index)).toBe(all.length > 0);
      }
    },
  );

  it('carry their justified interval', async () => {
    const everywhere = { index: 0, chromosome: '1' as const, start0: interbase(0), end0: interbase(bases.length) };
    const rows = (await collect(local.ports.variants.simple(view, [everywhere]))).map(({ row }) => row);
    const byName = new Map(events.map((event) => [`${event.pos} ${event.ref} ${event.alt}`, event]));
    for (const row of rows) {
      const event = byName.get(`${row.reportedStart0 + 1} ${row.ref} ${row.alt}`) as SlidingEvent;
      const known = row.study.referenceRelease !== undefined;
      expect(row.normalised).toEqual(known ? justifiedInterval(event) : undefined);
    }
    expect(rows).toHaveLength(5 * events.length);
  });

  it('are found as an allele asked at any placement, normalised or not', async () => {
    const questions = events.slice(0, 150).flatMap((event) =>
      [event.placements[0], event.placements.at(-1)].map((placement) => ({
        ...(placement as SlidingEvent['placements'][number]),
        chromosome: '1' as const,
        context: justifiedInterval(event),
      })),
    );
    const answers = await collect(
      local.ports.variants.alleles(
        view,
        questions.map((question, index) => ({ ...question, index })),
      ),
    );
    for (const [index] of questions.entries()) {
      const event = events[index >> 1] as SlidingEvent;
      const same = events.filter(
        (other) =>
          JSON.stringify(justifiedInterval(other)) === JSON.stringify(justifiedInterval(event)) &&
          other.placements[0]?.inserted === event.placements[0]?.inserted &&
          other.placements[0]?.deleted === event.placements[0]?.deleted,
      );
      const rows = answers.filter((answer) => answer.index === index);
      expect(rows).toHaveLength(5 * same.length);
    }
  });
});
