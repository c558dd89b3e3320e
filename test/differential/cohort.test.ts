import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { chromosomeNamed, chromosomesOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { RangeQuestion } from '../../lib/operations/ports.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

const FILE = '00_benchmark_pgx_1kgp/1kgp_30x_58pgx_genes_3202.grch38.vcf.gz';
const SUBJECTS = 20;
const SEED = 3_202;

describe.skipIf(!hasBcftools || !hasRealData)(
  `${SUBJECTS} subjects of a cohort of 3,202, record by record (seed ${SEED})`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'cohort-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('answers exactly what bcftools says, genotype and phase included', async () => {
      const file = realFile(FILE);
      await using archive = await openLocalArchive(folder);
      const report = await ingest(
        {
          assembly: 'GRCh38',
          testId: 'panel',
          testDate: '2020-01-01',
          mode: 'create',
          inputs: [{ file, allSamples: true, sourceClass: 'germline' }],
        },
        archive.archive,
      );
      expect(report).toMatchObject({ status: 'committed', subjects: 3202 });

      const all = (await bcftools('query', '-l', file)).map(([name]) => name as string);
      const random = seeded(SEED);
      const chosen = [...new Set(Array.from({ length: SUBJECTS * 2 }, () => pick(random, all)))].slice(0, SUBJECTS);
      expect(chosen).toHaveLength(SUBJECTS);
      const lines = await bcftools(
        'query',
        '-s',
        chosen.join(','),
        '-f',
        '%CHROM\\t%POS\\t%REF\\t%ALT[\\t%GT]\\n',
        file,
      );

      let compared = 0;
      for (const [column, subject] of chosen.entries()) {
        const expected = lines.flatMap(([chrom, pos, ref, alt, ...genotypes]) => {
          const genotype = genotypes[column] as string;
          if (!/[1-9]/.test(genotype)) return [];
          // Every row of this file has one ALT. Diploid genotypes are phased (bit 0 is the first haplotype, bit 1 the
          // second); males have one allele on X, which has no phase.
          const alleles = genotype.split('|');
          const haplotypes =
            alleles.length === 1
              ? undefined
              : alleles.reduce((mask, allele, bit) => (allele === '1' ? mask | (1 << bit) : mask), 0);
          return [`${chromosomeNamed('GRCh38', chrom as string)} ${pos} ${ref}>${alt} ${genotype} ${haplotypes}`];
        });
        const record = await archive.ports.studies.subject(subject);
        const questions = chromosomesOf('GRCh38').map(
          ({ chromosome, length }, index): RangeQuestion => ({
            index,
            chromosome,
            start0: interbase(0),
            end0: interbase(length),
          }),
        );
        const found: string[] = [];
        for await (const batch of archive.ports.variants.simple(
          { subject, studies: record?.studies ?? [] },
          questions,
        )) {
          for (const { row } of batch) {
            const { chromosome, reportedStart0, ref, alt, genotype, haplotypes } = row;
            found.push(`${chromosome} ${reportedStart0 + 1} ${ref}>${alt} ${genotype} ${haplotypes}`);
          }
        }
        expect([...found].sort(), subject).toEqual([...expected].sort());
        compared += found.length;
      }
      expect(compared).toBeGreaterThan(SUBJECTS * 1000);
    }, 600_000);
  },
);
