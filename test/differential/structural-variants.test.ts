import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Assembly, chromosomeNamed } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import type { RangeQuestion } from '../../lib/operations/ports.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { bcftools, hasBcftools, sortedCopy } from '../support/bcftools.ts';
import { between, pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { mayTouch, structuralFormat, structuralKey, structuralOf, surelyCovers } from './structural-truth.ts';

const CASES: readonly { file: string; sample: string; assembly: Assembly; somatic?: true; unsorted?: true }[] = [
  { file: '05_sv_str_fusion/svtools_lumpy_NA12878.grch37.vcf.gz', sample: 'NA12878', assembly: 'GRCh37' },
  {
    file: '05_sv_str_fusion/gatksv_1kg_ref_panel_cleaned_chr22_chrY.grch38.vcf.gz',
    sample: 'HG00096',
    assembly: 'GRCh38',
  },
  { file: '05_sv_str_fusion/vcf2maf_delly.vcf', sample: 'TUMOR', assembly: 'GRCh37', somatic: true, unsorted: true },
];

const REGIONS = 200;
const SEED = 31_337;

describe.skipIf(!hasBcftools || !hasRealData)(
  `structural variants against bcftools, ${REGIONS} regions a file, seed ${SEED}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'differential-sv-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(CASES)(
      '$file',
      async ({ file, sample, assembly, somatic, unsorted }) => {
        const copy = unsorted ? sortedCopy(realFile(file), folder) : realFile(file);
        await using archive = await openLocalArchive(mkdtempSync(join(folder, 'archive-')));
        await ingest(
          {
            assembly,
            testId: 'differential',
            testDate: '2026-01-01',
            mode: 'create',
            inputs: [{ file: copy, subject: 'judged', sample, sourceClass: somatic ? 'somatic' : 'germline' }],
          },
          archive.archive,
        );
        const view = { subject: 'judged', studies: (await archive.ports.studies.subject('judged'))?.studies ?? [] };
        const header = (await bcftools('view', '-h', copy)).map((fields) => fields.join('\t')).join('\n');
        const judged = (await bcftools('query', '-s', sample, '-f', structuralFormat(header), copy)).flatMap(
          structuralOf,
        );
        const known = judged.filter(({ chrom }) => chromosomeNamed(assembly, chrom) !== undefined);
        const random = seeded(SEED);
        const questions = Array.from({ length: REGIONS }, (_, index): RangeQuestion => {
          const { chrom, outer, inner } = pick(random, known);
          const edge = pick(random, [...outer, ...(inner ?? [])]) + between(random, -2, 2);
          const length = index % 2 === 0 ? between(random, 0, 3) : pick(random, [50, 500, 50_000, 1_000_000]);
          const start = Math.max(0, pick(random, [edge, edge - length]));
          const chromosome = chromosomeNamed(assembly, chrom);
          if (chromosome === undefined) throw new Error(`${chrom} has a name no more`);
          return { index, chromosome, start0: interbase(start), end0: interbase(start + length) };
        });
        for (const [relation, rule] of [
          ['intersecting', mayTouch],
          ['subsuming', surelyCovers],
        ] as const) {
          const found = questions.map((): string[] => []);
          for await (const batch of archive.ports.variants.structural(view, questions, relation)) {
            for (const { index, row } of batch) {
              found[index]?.push(
                structuralKey({ pos: row.reportedStart0 + 1, alt: row.alt, genotype: row.genotype ?? '' }),
              );
            }
          }
          let answers = 0;
          for (const { index, chromosome, start0, end0 } of questions) {
            const expected = known
              .filter(
                (variant) => chromosomeNamed(assembly, variant.chrom) === chromosome && rule(variant, start0, end0),
              )
              .map(structuralKey);
            answers += expected.length;
            expect(
              [...new Set(found[index])].sort(),
              `${relation}, seed ${SEED}, region ${index}, ${chromosome}:${start0}-${end0}`,
            ).toEqual([...new Set(expected)].sort());
          }
          expect(answers, 'the regions must hit something, or nothing is compared').toBeGreaterThan(REGIONS / 10);
        }
      },
      120_000,
    );
  },
);
