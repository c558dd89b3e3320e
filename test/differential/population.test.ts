import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Assembly, chromosomeNamed, sequenceOf } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { liftAllele } from '../../lib/genomics/liftover.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { findPopulationSpecificVariants } from '../../lib/operations/find-population-specific-variants.ts';
import { findSubjectSpecificVariants } from '../../lib/operations/find-subject-specific-variants.ts';
import { type LocalArchive, openLocalArchive } from '../../lib/store/local.ts';
import { collect } from '../support/archive.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { addChains } from '../support/chains.ts';
import { between, pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { ask } from '../support/response.ts';

const FILE_38 = '00_benchmark_pgx_1kgp/1kgp_30x_58pgx_genes_3202.grch38.vcf.gz';
const FILE_37 = '00_benchmark_pgx_1kgp/1kgp_phase3_59pgx_genes_2504.grch37.vcf.gz';
/** CYP2C19, CYP2D6, UGT1A1 and a part of SLCO1B1; `GENOMICS_WHOLE_FILES=1` takes all genes of the files. */
const REGIONS_38 = 'chr10:94762000-94855000,chr22:42126000-42131000,chr2:233760000-233775000,chr12:21130000-21160000';
const REGIONS_37 = '10:96522000-96613000,22:42522000-42527000,2:234668000-234682000,12:21283000-21313000';
const WHOLE = process.env['GENOMICS_WHOLE_FILES'] === '1';
const VARIANTS = 1_000;
const RANGES = 40;
const SEED = 5;

interface Site {
  readonly name: string;
  readonly spdi: string;
  readonly position0: number;
  readonly carriers: readonly string[];
}

describe.skipIf(!hasBcftools || !hasRealData)(`3,202 people, ${VARIANTS} variants (seed ${SEED})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'population-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function subset(file: string, regions: string): Promise<string> {
    if (WHOLE) return realFile(file);
    const copy = join(folder, file.slice(file.lastIndexOf('/') + 1));
    await bcftools('view', '--no-version', '-r', regions, '-Oz', '-o', copy, realFile(file));
    await bcftools('index', '-t', copy);
    return copy;
  }

  async function load(archive: LocalArchive, file: string, assembly: Assembly): Promise<void> {
    const inputs = [{ file, allSamples: true, sourceClass: 'germline' }] as const;
    await ingest({ assembly, testId: assembly, testDate: '2020-01-01', mode: 'create', inputs }, archive.archive);
  }

  /** Who carries an alternative allele, as bcftools says, of rows with one ALT. */
  async function sitesOf(file: string, ...filter: readonly string[]): Promise<Site[]> {
    const format = '%CHROM\t%POS\t%REF\t%ALT[\t%SAMPLE]\n';
    const lines = await bcftools('query', ...filter, '-i', 'GT="alt" && N_ALT=1', '-f', format, file);
    return lines.map(([contig = '', pos = '', ref = '', alt = '', ...carriers]) => {
      const chromosome = chromosomeNamed('GRCh38', contig);
      const accession = chromosome && sequenceOf('GRCh38', chromosome)?.accession;
      const position0 = Number(pos) - 1;
      const spdi = `${accession}:${position0}:${ref}:${alt}`;
      return { name: chromosome ?? '', spdi, position0, carriers: [...new Set(carriers)].sort() };
    });
  }

  /** Numerator, denominator and subjects of each variant. */
  async function answers(archive: LocalArchive, spdis: readonly string[]) {
    const input = { variants: [spdis], includePatientList: true };
    const body = await ask(findPopulationSpecificVariants, input, archive.ports);
    return (body.parameter ?? []).map(({ part = [] }) => ({
      item: part[0]?.valueString,
      numerator: part[1]?.valueQuantity?.value,
      denominator: part[2]?.valueQuantity?.value,
      subjects: part.slice(3).map(({ valueString }) => valueString ?? ''),
    }));
  }

  it('counts whom bcftools counts, of variants and ranges, compacted or not; the same people again count once', async () => {
    const [file38, file37] = [await subset(FILE_38, REGIONS_38), await subset(FILE_37, REGIONS_37)];
    await using archive = await openLocalArchive(join(folder, 'data'));
    await load(archive, file38, 'GRCh38');
    await addChains(archive);
    const { chains, sequences } = await archive.ports.reference();
    const index = await chains.between('GRCh38', 'GRCh37');
    const random = seeded(SEED);
    const sites = await sitesOf(file38);
    const names = sites.map(({ spdi }) => spdi);
    const substitutions = sites.filter(({ spdi }) => /:[ACGT]:[ACGT]$/.test(spdi));
    const chosen: Site[] = [];
    const drawn = new Set<string>();
    while (chosen.length < VARIANTS && drawn.size < substitutions.length) {
      const site = pick(random, substitutions);
      if (drawn.has(site.spdi)) continue;
      drawn.add(site.spdi);
      // A row of the file that is stated twice would be counted together.
      if (names.indexOf(site.spdi) !== names.lastIndexOf(site.spdi)) continue;
      const [accession = '', , deleted = '', inserted = ''] = site.spdi.split(':');
      const start0 = interbase(site.position0);
      const allele = { start0, end0: interbase(start0 + 1), deleted, inserted };
      if ((await liftAllele(index, accession, allele, sequences)).lifted) chosen.push(site);
    }
    expect(chosen).toHaveLength(VARIANTS);
    const expected = chosen.map(({ spdi, carriers }) => ({
      ...{ item: spdi, numerator: carriers.length, denominator: 3202, subjects: carriers },
    }));
    const spdis = chosen.map(({ spdi }) => spdi);
    expect(await answers(archive, spdis)).toEqual(expected);
    await archive.admin.compact();
    expect(await answers(archive, spdis)).toEqual(expected);
    expect(expected.reduce((sum, { numerator }) => sum + numerator, 0)).toBeGreaterThan(50_000);
    await compareRanges(archive, file38, sites, random);

    await load(archive, file37, 'GRCh37');
    const uncompacted = await answers(archive, spdis);
    await archive.admin.compact();
    const both = await answers(archive, spdis);
    expect(both).toEqual(uncompacted);
    let [more, same] = [0, 0];
    for (const [place, { subjects, numerator, denominator }] of both.entries()) {
      const before = expected[place]?.subjects ?? [];
      expect(denominator).toBe(3202);
      expect(new Set(subjects).size).toBe(numerator);
      // The older calls of the same people add those that the newer did not find, and nobody twice.
      expect(new Set(before).isSubsetOf(new Set(subjects))).toBe(true);
      more += subjects.length - before.length;
      if (subjects.length === before.length) same++;
      const [added] = subjects.filter((subject) => !before.includes(subject));
      if (added === undefined) continue;
      const body = await ask(
        findSubjectSpecificVariants,
        { subject: added, variants: [spdis[place] as string] },
        archive.ports,
      );
      const [found] = body.parameter ?? [];
      expect(found?.part?.[1]?.valueBoolean, `${spdis[place]} ${added}`).toBe(true);
    }
    expect(same).toBeGreaterThan(VARIANTS / 2);
    expect(more).toBeGreaterThan(0);
  }, 400_000);

  /** Subjects with any allele in a range, among the rows that bcftools finds there. */
  async function compareRanges(
    archive: LocalArchive,
    file: string,
    sites: readonly Site[],
    random: () => number,
  ): Promise<void> {
    const population = await archive.ports.population();
    for (let range = 0; range < RANGES; range++) {
      const { name, position0 } = pick(random, sites);
      const [from, to] = [position0 - between(random, 0, 2_000), position0 + between(random, 1, 20_000)];
      const contig = `chr${name}`;
      // Only records whose allele, trimmed, begins at their position: substitutions.
      const rows = await sitesOf(file, '-r', `${contig}:${from + 1}-${to}`);
      const wanted = rows.filter(({ spdi }) => /:[ACGT]:[ACGT]$/.test(spdi));
      const question = { index: 0, chromosome: name as '1', start0: interbase(from), end0: interbase(to) };
      const asked = { assembly: 'GRCh38', questions: [question], sourceClass: undefined } as const;
      const carriers = new Set<number>();
      for (const { ref, alt, reportedStart0, subjects } of await collect(population.alleles(asked))) {
        if (ref.length !== 1 || alt.length !== 1) continue;
        expect(reportedStart0 >= from && reportedStart0 < to).toBe(true);
        for (const subject of subjects) carriers.add(subject);
      }
      const expected = [...new Set(wanted.flatMap((one) => one.carriers))].sort();
      expect([...carriers].map((one) => population.subjects[one]).sort(), `${contig}:${from}-${to}`).toEqual(expected);
    }
  }
});
