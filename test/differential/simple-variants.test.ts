import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Assembly, type Chromosome, chromosomeNamed } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Sex } from '../../lib/genomics/study.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { RangeQuestion } from '../../lib/operations/ports.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { bcftools, hasBcftools, indexedCopy } from '../support/bcftools.ts';
import { between, pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { allelesOf, keyOf, QUERY_FORMAT, touches } from './truth.ts';

interface Case {
  readonly file: string;
  readonly shows: string;
  readonly assembly: Assembly;
  /** Left out for a file of one sample. */
  readonly sample?: string;
  readonly sex?: Sex;
  readonly somatic?: true;
}

const CASES: readonly Case[] = [
  {
    file: '01_germline_multisample/1000g_phase3_chr22_10k_2504.grch37.vcf.gz',
    sample: 'HG00096',
    assembly: 'GRCh37',
    shows: 'phased cohort, symbolic rows between',
  },
  {
    file: '02_germline_single_trio_gvcf/giab_ashkenazim_trio.vcf.gz',
    sample: 'HG002',
    assembly: 'GRCh37',
    shows: 'one of a trio, missing genotypes',
  },
  {
    file: '02_germline_single_trio_gvcf/giab_nist2.19_complex_indels.grch37.vcf.gz',
    assembly: 'GRCh37',
    shows: 'indels on all chromosomes',
  },
  {
    file: '02_germline_single_trio_gvcf/gatk_NA12891.chrX.haploid.g.vcf.gz',
    assembly: 'GRCh38',
    sex: 'male',
    shows: 'chrX, haploid gVCF',
  },
  {
    file: '02_germline_single_trio_gvcf/NA12878.prod.chr20snippet.grch37.g.vcf.gz',
    assembly: 'GRCh37',
    shows: 'gVCF with reference blocks',
  },
  {
    file: '02_germline_single_trio_gvcf/NA12878.CEUTrio.HiSeq.20.21.grch37.vcf',
    assembly: 'GRCh37',
    shows: 'filtered rows, spanning deletions',
  },
  {
    file: '03_mito/gatk_NA12878.MT.g.vcf.gz',
    assembly: 'GRCh37',
    somatic: true,
    shows: 'chrM, genotypes of many alleles',
  },
  { file: '03_mito/1000g_phase1_chrMT.rcrs.vcf.gz', sample: 'HG00096', assembly: 'GRCh37', shows: 'chrMT cohort' },
  {
    file: '04_somatic/gatk_mutect2_NA12878.vcf.gz',
    sample: 'SM-612V3',
    assembly: 'GRCh37',
    somatic: true,
    shows: 'somatic, unfiltered',
  },
  { file: '04_somatic/pvac_HCC1395_somatic.vcf.gz', assembly: 'GRCh38', somatic: true, shows: 'somatic' },
  {
    file: '05_sv_str_fusion/truvari_hg002_base.grch38.vcf.gz',
    assembly: 'GRCh38',
    shows: 'long sequence-resolved indels',
  },
];

const REGIONS = 200;
const SEED = 20_261_122;

describe.skipIf(!hasBcftools || !hasRealData)(
  `simple variants against bcftools, ${REGIONS} regions a file, seed ${SEED}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'differential-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(CASES)(
      '$file ($shows)',
      async (test) => {
        const copy = indexedCopy(realFile(test.file), folder);
        const [header] = await bcftools('query', '-l', copy).then((rows) => rows.map(([name]) => name));
        const sample = test.sample ?? (header as string);
        await using archive = await openLocalArchive(mkdtempSync(join(folder, 'archive-')));
        await ingest(
          {
            assembly: test.assembly,
            testId: 'differential',
            testDate: '2026-01-01',
            mode: 'create',
            inputs: [
              {
                file: realFile(test.file),
                subject: 'judged',
                sample,
                sourceClass: test.somatic ? 'somatic' : 'germline',
                ...(test.sex && { sex: test.sex }),
              },
            ],
          },
          archive.archive,
        );
        const record = await archive.ports.studies.subject('judged');
        expect(record?.studies).toHaveLength(1);

        const lines = await bcftools('query', '-s', sample, '-f', QUERY_FORMAT, copy);
        const regions = seededRegions(lines, test.assembly);
        const found = regions.map((): string[] => []);
        const questions = regions.map(
          (region, index): RangeQuestion => ({
            index,
            chromosome: region.chromosome,
            start0: interbase(region.start),
            end0: interbase(region.end),
          }),
        );
        const view = { subject: 'judged', studies: record?.studies ?? [] };
        for await (const batch of archive.ports.variants.simple(view, questions)) {
          for (const { index, row } of batch) {
            found[index]?.push(
              keyOf({ pos: row.reportedStart0 + 1, ref: row.ref, alt: row.alt, genotype: row.genotype ?? '' }),
            );
          }
        }
        const present = await archive.ports.variants.present(view, questions, 'simple');

        let answers = 0;
        for (const [index, region] of regions.entries()) {
          // One base wider than the question, because bcftools looks at REF's span and not at the trimmed allele.
          const wide = `${region.contig}:${Math.max(1, region.start)}-${region.end + 1}`;
          const judged = (await bcftools('query', '-r', wide, '-s', sample, '-f', QUERY_FORMAT, copy))
            .flatMap(allelesOf)
            .filter((allele) => touches(allele, region.start, region.end))
            .map(keyOf);
          answers += judged.length;
          expect([...(found[index] ?? [])].sort(), `seed ${SEED}, region ${index}, ${wide}`).toEqual(
            [...new Set(judged)].sort(),
          );
          expect(present.has(index), `presence of region ${index}, ${wide}`).toBe(judged.length > 0);
        }
        expect(answers, 'the regions must hit something, or nothing is compared').toBeGreaterThan(REGIONS / 4);
      },
      180_000,
    );
  },
);

interface Region {
  readonly contig: string;
  readonly chromosome: Chromosome;
  readonly start: number;
  readonly end: number;
}

/** Half of them touch a record's own edges within two bases, where off-by-one faults live; 1-2 bp and empty ones too. */
function seededRegions(lines: readonly string[][], assembly: Assembly): Region[] {
  const random = seeded(SEED);
  const carried = lines.filter((line) => allelesOf(line).length > 0);
  return Array.from({ length: REGIONS }, (_, index): Region => {
    const [contig, pos, ref] = pick(random, index % 8 === 0 ? lines : carried) as [string, string, string];
    const chromosome = chromosomeNamed(assembly, contig);
    if (chromosome === undefined) return { contig, chromosome: '1', start: 0, end: 0 };
    const edge = Number(pos) - 1 + pick(random, [0, 1, ref.length - 1, ref.length]) + between(random, -2, 2);
    const length = index % 2 === 0 ? between(random, 0, 3) : pick(random, [10, 100, 1000, 20_000]);
    const start = Math.max(0, pick(random, [edge, edge - length]));
    return { contig, chromosome, start, end: start + length };
  });
}
