import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, describe, expect } from 'vitest';
import { scanVcf } from '../support/scan-vcf.ts';
import { vcf } from '../support/vcf-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'splitting-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SAMPLES = ['A', 'B', 'C', 'D'];
const bases = fc.string({ unit: fc.constantFrom('A', 'C', 'G', 'T'), minLength: 1, maxLength: 5 });

/** A record of one to five ALTs, `*` and `<NON_REF>` among them, with any ploidy, phase and missing allele. */
const record = fc
  .record({
    ref: bases,
    alts: fc.uniqueArray(
      fc.oneof({ weight: 5, arbitrary: bases }, { weight: 1, arbitrary: fc.constantFrom('*', '<NON_REF>') }),
      {
        minLength: 1,
        maxLength: 5,
      },
    ),
  })
  .map(({ ref, alts }) => ({ ref, alts: alts.filter((alt) => alt !== ref) }))
  .filter(({ alts }) => alts.length > 0)
  .chain(({ ref, alts }) => {
    const allele = fc.oneof(fc.constant('.'), fc.integer({ min: 0, max: alts.length }).map(String));
    const genotype = fc
      .tuple(fc.array(allele, { minLength: 1, maxLength: 3 }), fc.constantFrom('/', '|'))
      .map(([alleles, separator]) => alleles.join(separator));
    const genotypes = fc.array(genotype, { minLength: SAMPLES.length, maxLength: SAMPLES.length });
    return fc.record({ ref: fc.constant(ref), alts: fc.constant(alts), genotypes });
  });

/** `sample start0 end0 ref alt` of every row, sorted. */
async function rowsOf(records: Parameters<typeof vcf>[0]): Promise<readonly string[]> {
  const path = join(folder, 'one.vcf');
  writeFileSync(path, vcf(records, { samples: SAMPLES }));
  const rows: string[] = [];
  await scanVcf(path, 'GRCh38', 'germline', ({ sample, allele: [start0, end0, , ref, alt] }) =>
    rows.push([SAMPLES[sample], start0, end0, ref, alt].join(' ')),
  );
  return rows.sort();
}

describe('a multi-allelic record', () => {
  test.prop([record], { numRuns: 150 })(
    'gives the rows of its ALTs, each in a record of its own',
    async ({ ref, alts, genotypes }) => {
      const split = alts.map((alt, index) => ({
        pos: 100,
        ref,
        alt,
        // Every other ALT counts as REF here: what a sample carries of this one stays as it is.
        samples: genotypes.map((genotype) =>
          genotype.replace(/\d+/g, (allele) => (Number(allele) === index + 1 ? '1' : '0')),
        ),
      }));
      expect(await rowsOf([{ pos: 100, ref, alt: alts.join(','), samples: genotypes }])).toEqual(await rowsOf(split));
    },
  );

  test.prop([record], { numRuns: 150 })(
    'gives each sample each ALT it carries once',
    async ({ ref, alts, genotypes }) => {
      const expected = genotypes.flatMap((genotype, sample) =>
        [...new Set(genotype.split(/[/|]/))].flatMap((allele) => {
          const alt = alts[Number(allele) - 1];
          return alt === undefined || !/^[ACGT]+$/.test(alt) ? [] : [`${SAMPLES[sample]} ${ref} ${alt}`];
        }),
      );
      const rows = await rowsOf([{ pos: 100, ref, alt: alts.join(','), samples: genotypes }]);
      expect(rows.map((row) => row.replace(/ \d+ \d+/, '')).sort()).toEqual(expected.sort());
    },
  );
});
