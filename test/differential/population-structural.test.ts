import type { ParametersParameter } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromosomeNamed, sequenceOf } from '../../lib/genomics/assembly.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { findPopulationStructuralIntersectingVariants } from '../../lib/operations/find-population-structural-intersecting-variants.ts';
import { findPopulationStructuralSubsumingVariants } from '../../lib/operations/find-population-structural-subsuming-variants.ts';
import type { Operation } from '../../lib/operations/row.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { between, pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { ask, responseProblems } from '../support/response.ts';
import { type JudgedStructural, mayTouch, structuralFormat, structuralOf, surelyCovers } from './structural-truth.ts';

const FILE = '05_sv_str_fusion/gatksv_1kg_ref_panel_cleaned_chr22_chrY.grch38.vcf.gz';
const ASSEMBLY = 'GRCh38';
const RANGES = 40;
const SEED = 156;
/** Fields of a line of {@link structuralFormat} before the genotypes. */
const FIELDS = 8;

interface Range {
  readonly chrom: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

describe.skipIf(!hasBcftools || !hasRealData)('structural variants of 156 people against bcftools', () => {
  let local: TemporaryArchive;
  let carried: readonly (JudgedStructural & { readonly sample: string })[];
  beforeAll(async () => {
    local = await temporaryArchive();
    const file = realFile(FILE);
    const input = { file, allSamples: true, sourceClass: 'germline' } as const;
    await ingest(
      { assembly: ASSEMBLY, testId: 'panel', testDate: '2020-01-01', mode: 'create', inputs: [input] },
      local.archive,
    );
    const header = (await bcftools('view', '-h', file)).map((fields) => fields.join('\t')).join('\n');
    const samples = (await bcftools('query', '-l', file)).map(([name = '']) => name);
    const lines = await bcftools('query', '-f', structuralFormat(header), file);
    carried = lines
      .filter(([chrom = '']) => chromosomeNamed(ASSEMBLY, chrom) !== undefined)
      .flatMap((line) =>
        samples.flatMap((sample, place) =>
          structuralOf([...line.slice(0, FIELDS), line[FIELDS + place] ?? '']).map((one) => ({ ...one, sample })),
        ),
      );
  }, 120_000);
  afterAll(() => local?.remove());

  const ranges = (): readonly Range[] => {
    const random = seeded(SEED);
    return Array.from({ length: RANGES }, (_, number) => {
      const { chrom, outer, inner } = pick(random, carried);
      const edge = pick(random, [...outer, ...(inner ?? [])]) + between(random, -2, 2);
      const length = number % 2 === 0 ? between(random, 1, 3) : pick(random, [50, 500, 50_000, 1_000_000]);
      const start = Math.max(0, pick(random, [edge, edge - length]));
      const chromosome = chromosomeNamed(ASSEMBLY, chrom);
      const accession = chromosome && sequenceOf(ASSEMBLY, chromosome)?.accession;
      return { chrom, text: `${accession}:${start}-${start + length}`, start, end: start + length };
    });
  };

  it.each([
    ['intersecting', findPopulationStructuralIntersectingVariants as Operation, mayTouch],
    ['subsuming', findPopulationStructuralSubsumingVariants as Operation, surelyCovers],
  ] as const)(
    'are counted for whom it finds them, %s',
    async (_, operation, rule) => {
      const asked = ranges();
      const expected = asked.map(({ chrom, text, start, end }) => {
        const of = carried.filter((one) => one.chrom === chrom && rule(one, start, end)).map(({ sample }) => sample);
        const subjects = [...new Set(of)].sort();
        return { text, numerator: subjects.length, denominator: 156, subjects };
      });
      expect(expected.filter(({ numerator }) => numerator > 0 && numerator < 156).length).toBeGreaterThan(5);
      for (const compacted of [false, true]) {
        if (compacted) await local.admin.compact();
        const input = { ranges: asked.map(({ text }) => text), includePatientList: true };
        const body = await ask(operation, input, local.ports);
        expect(responseProblems(operation.row.code, body)).toEqual([]);
        expect((body.parameter ?? []).map(groupOf)).toEqual(expected);
      }
    },
    120_000,
  );
});

function groupOf({ part = [] }: ParametersParameter) {
  const [item, numerator, denominator, ...subjects] = part;
  return {
    text: item?.valueString,
    numerator: numerator?.valueQuantity?.value,
    denominator: denominator?.valueQuantity?.value,
    subjects: subjects.map(({ valueString }) => valueString),
  };
}
