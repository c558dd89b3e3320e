import { afterAll, describe, expect, it } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { collect, type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { generateCohort } from './cohort-generator.ts';

const archives: TemporaryArchive[] = [];
afterAll(async () => {
  for (const archive of archives) await archive.remove();
});

/** Carriers of every allele of chromosome 22, by place of the subject. */
async function made(shape: 'exome' | 'genome', subjects: number, perStudy: number, seed: number) {
  const archive = await temporaryArchive();
  archives.push(archive);
  const rows = await generateCohort(archive, { shape, subjects, perStudy, seed }, () => {});
  const population = await archive.ports.population();
  const questions = [{ index: 0, chromosome: '22' as const, start0: interbase(0), end0: interbase(50_818_468) }];
  const found = await collect(population.alleles({ assembly: 'GRCh38', questions, sourceClass: undefined }));
  const carriers = new Map<string, Set<number>>();
  for (const { reportedStart0, ref, alt, subjects: own } of found) {
    const name = `${reportedStart0} ${ref} ${alt}`;
    carriers.set(name, (carriers.get(name) ?? new Set()).union(new Set(own)));
  }
  return { archive, rows, subjects: population.subjects, carriers: [...carriers].sort() };
}

describe('a made-up cohort', () => {
  it('is the same for a seed however it is cut into studies, and another for another', async () => {
    const [one, again, other] = [
      await made('exome', 12, 5, 1),
      await made('exome', 12, 12, 1),
      await made('exome', 12, 12, 2),
    ];
    expect(one.subjects).toHaveLength(12);
    expect(one.carriers).toEqual(again.carriers);
    expect(other.carriers).not.toEqual(one.carriers);
    expect((await one.archive.admin.verify()).problems).toEqual([]);
    // About 4,900 variants a subject on its three chromosomes, and targets of each study.
    const { rows } = await one.archive.admin.compact();
    expect(rows / 12).toBeGreaterThan(4_000);
    expect(rows).toBeLessThan(one.rows);
    const singletons = one.carriers.filter(([, subjects]) => subjects.size === 1).length;
    expect(singletons / one.carriers.length).toBeGreaterThan(0.2);
  }, 120_000);

  it('has the shape of a genome, too', async () => {
    const { carriers, subjects } = await made('genome', 2, 1, 1);
    expect(subjects).toHaveLength(2);
    expect(carriers.length).toBeGreaterThan(30_000);
  }, 120_000);
});
