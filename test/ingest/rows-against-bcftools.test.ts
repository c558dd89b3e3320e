import { afterAll, describe, expect, it } from 'vitest';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { ingestArchive } from '../support/ingest-archive.ts';
import { hasRealData, realFile } from '../support/real-data.ts';

const FILES: readonly (readonly [file: string, assembly: Assembly])[] = [
  ['01_germline_multisample/bioc_1000g_chr22_5samples.grch37.vcf.gz', 'GRCh37'],
  ['01_germline_multisample/bioc_hapmap_exome_chr22.vcf.gz', 'GRCh37'],
  ['01_germline_multisample/hail_multipleChromosomes.vcf.gz', 'GRCh37'],
  ['02_germline_single_trio_gvcf/giab_ashkenazim_trio.vcf.gz', 'GRCh37'],
  ['02_germline_single_trio_gvcf/gatk_NA12891.chrX.haploid.g.vcf.gz', 'GRCh38'],
  ['03_mito/bio2zarr_chrM_indels.vcf.gz', 'GRCh38'],
  ['04_somatic/gatk_mutect2_NA12878.vcf.gz', 'GRCh37'],
  ['05_sv_str_fusion/truvari_hg002_base.grch38.vcf.gz', 'GRCh38'],
];

describe.skipIf(!hasBcftools || !hasRealData)(
  'every row of a file is what bcftools says, and every carrier has one',
  () => {
    const archive = ingestArchive();
    afterAll(() => archive.remove());

    it.each(FILES)('%s', { timeout: 120_000 }, async (file, assembly) => {
      const samples = (await bcftools('query', '-l', realFile(file))).map(([sample]) => sample as string);
      const sampleMap = new Map(samples.map((sample, index) => [sample, { subject: `P${index}` }]));
      const study = file.replace(/.*\//, '');
      const report = await archive.load(realFile(file), { allSamples: true, sampleMap }, { assembly, study });
      const rows = await archive.rows('variants', study);
      const found = rows.map(({ subject, reported_start0, ref, alt, genotype, filters }) =>
        [subject, Number(reported_start0) + 1, ref, alt, genotype, filters].join(' '),
      );
      const judged = (
        await bcftools('query', '-f', '%CHROM\\t%POS\\t%REF\\t%ALT\\t%FILTER[\\t%GT]\\n', realFile(file))
      ).flatMap(([chrom, pos, ref, alts, filter, ...genotypes]) => {
        if (report.inputs[0]?.outside[chrom as string] !== undefined) return [];
        return genotypes.flatMap((genotype, sample) =>
          [...new Set(genotype.split(/[/|]/))].flatMap((allele) => {
            const alt = alts?.split(',')[Number(allele) - 1];
            if (alt === undefined || !/^[ACGTN]+$/i.test(alt)) return [];
            return [[`P${sample}`, pos, ref?.toUpperCase(), alt.toUpperCase(), genotype, filter].join(' ')];
          }),
        );
      });
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBe(report.inputs[0]?.variantRows);
      expect(found.sort()).toEqual(judged.sort());
      // The order that pruning by subject and position rests on.
      const order = rows.map(({ subject, start0 }) => `${subject}`.padEnd(8) + `${start0}`.padStart(10));
      const chromosomes = [...archive.studies.values()].at(-1)?.files.filter(({ kind }) => kind === 'variants');
      let from = 0;
      for (const { rows: count } of chromosomes ?? []) {
        const part = order.slice(from, from + count);
        expect(part).toEqual(part.toSorted());
        from += count;
      }
    });
  },
);
