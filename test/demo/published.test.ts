import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasBcftools } from '../support/bcftools.ts';
import { hasRealData } from '../support/real-data.ts';
import { csvRows, DEMO_FILES, demoPath, demoText, recordsOf } from './demo-files.ts';
import { clinvarNames, liftedPosition, maneSelect, publishedAlleles, realLines } from './published.ts';

const VARIANTS = csvRows(demoText('variants.csv'));

/** Variants that the files at hand state as HGVS only, or not at all; each is checked on its own below. */
const STATED_OTHERWISE = ['HFE', 'GJB2', 'LDLR', 'MT-TL1'];

describe.runIf(hasRealData)('the demo variants against what ClinVar, CIViC, PharmCAT and 1000 Genomes publish', () => {
  let published: ReturnType<typeof publishedAlleles>;
  let lifted: ReturnType<typeof liftedPosition>;
  // Not in the body of `describe`, which runs even where its tests are skipped.
  beforeAll(() => {
    published = publishedAlleles();
    lifted = liftedPosition();
  });

  it.each(VARIANTS.filter(({ gene = '' }) => !STATED_OTHERWISE.includes(gene)))(
    '$gene $name is published as it stands here',
    ({ rs = '', clinvar = '', grch37, grch38 }) => {
      const found = [published.get(`GRCh37 ${grch37}`), published.get(`GRCh38 ${grch38}`)].filter(
        (ids) => ids !== undefined,
      );
      expect(found.length).toBeGreaterThan(0);
      const ids = found.flatMap((set) => [...set]);
      const numbers = ids.filter((id) => id.startsWith('rs'));
      if (rs !== '' && numbers.length > 0) expect(numbers).toContain(rs);
      const variations = ids.filter((id) => id.startsWith('ClinVar'));
      if (variations.length > 0) expect(variations).toContain(`ClinVar ${clinvar}`);
    },
  );

  it.each(VARIANTS.filter(({ grch37, grch38 }) => grch37 !== '' && grch38 !== ''))(
    '$gene $name is one allele in both assemblies',
    ({ grch37 = '', grch38 = '' }) => {
      const [chromosome = '', position, ...alleles] = grch37.split('-');
      const [, , ...others] = grch38.split('-');
      expect(others).toEqual(alleles);
      const expected = chromosome === 'MT' ? `MT-${position}` : lifted(chromosome, Number(position));
      expect(grch38.startsWith(`${expected}-`)).toBe(true);
    },
  );

  it.each(['rs6025', 'rs3758581'])('%s stands at one place, with reference and variant exchanged', (rs) => {
    const rows = VARIANTS.filter((row) => row['rs'] === rs);
    const [chromosome = '', position, ...old] = rows
      .map((row) => row['grch37'])
      .join('')
      .split('-');
    const [, , ...now] = rows
      .map((row) => row['grch38'])
      .join('')
      .split('-');
    expect(lifted(chromosome, Number(position))).toBe(
      rows
        .map((row) => row['grch38'])
        .join('')
        .split('-')
        .slice(0, 2)
        .join('-'),
    );
    expect(now).toEqual(old.reverse());
  });

  it('gives ClinVar ids that name these places', () => {
    const names = clinvarNames();
    expect(names.get('9')).toEqual(
      expect.arrayContaining(['NC_000006.11:g.26093141G>A', 'NC_000006.12:g.26092913G>A']),
    );
    expect(names.get('17004')).toEqual(
      expect.arrayContaining(['NC_000013.10:g.20763686delC', 'NC_000013.11:g.20189547delC']),
    );
    expect(names.get('642')).toEqual(
      expect.arrayContaining(['NC_000001.10:g.169519049T=', 'NC_000001.11:g.169549811C>T']),
    );
    expect(names.get('7105')).toEqual(expect.arrayContaining(['NC_000007.13:g.117199646_117199648delCTT']));
    expect(names.get('17662')).toEqual(expect.arrayContaining(['NC_000017.10:g.41276047_41276048delCT']));
    expect(names.get('17677')).toEqual(expect.arrayContaining(['NC_000017.10:g.41209082dupG']));
  });

  it('puts LDLR c.12 twelve bases into the coding sequence', () => {
    expect(maneSelect('LDLR').coding.start0 + 12).toBe(11_089_560);
  });

  it.runIf(hasBcftools)('states the reference bases of the mitochondrial genome', () => {
    const folder = mkdtempSync(join(tmpdir(), 'demo-'));
    try {
      const fasta = join(folder, 'rcrs.fa');
      writeFileSync(
        fasta,
        `>chrM\n${realLines('10_liftover_reference/GRCh38.MT.fa.gz')
          .filter((line) => !line.startsWith('>'))
          .join('\n')}\n`,
      );
      execFileSync('bcftools', ['norm', '-c', 'e', '-f', fasta, '-o', '/dev/null', demoPath('mito.rcrs.vcf')], {
        stdio: 'pipe',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('starts reference blocks at bases that PharmCAT states', () => {
    const bases = new Map(
      realLines('08_pgx/pharmcat/pharmcat_positions.vcf')
        .map((line) => line.split('\t'))
        .map(([contig, position, , ref]) => [`${contig}:${position}`, ref]),
    );
    for (const { chromosome, position, ref } of recordsOf('cyp2c19.grch38.g.vcf'))
      expect(bases.get(`chr${chromosome}:${position}`), String(position)).toBe(ref);
  });
});

describe.runIf(hasRealData)('the demo structural variants against their sources', () => {
  const structural = recordsOf('structural.grch37.vcf');
  const byPosition = (position: number) => structural.find((record) => record.position === position);

  it('takes ClinVar copy numbers from ClinVar', () => {
    const places = new Map(
      realLines('07_knowledge/clinvar/clinvar_strucvars_grch37.jsonl').map((line) => {
        const { accession, name, sequenceLocation } = JSON.parse(line);
        return [accession.accession, { name, start: sequenceLocation.innerStart, stop: sequenceLocation.innerStop }];
      }),
    );
    expect(places.get('VCV000057627')).toMatchObject({ start: 34_150_131 + 1, stop: 34_182_300 });
    expect(byPosition(34_150_131)?.info.get('END')).toBe('34182300');
    const [duplication] = recordsOf('xlinked.sv.grch38.vcf');
    expect(places.get('VCV000058614')?.name).toContain(
      `chrX:${(duplication?.position ?? 0) + 1}-${duplication?.info.get('END')})x2`,
    );
  });

  it('takes 1000 Genomes deletions and copy numbers as they stand there', () => {
    const rows = realLines('01_germline_multisample/1000g_phase3_chr22_10k_2504.grch37.vcf.gz').map((line) =>
      line.slice(0, 2000).split('\t', 8),
    );
    const demo = [...structural, ...recordsOf('cohort.grch37.vcf')].filter(
      ({ alts }) => alts[0]?.startsWith('<CN') && alts[0] !== '<CNV>',
    );
    expect(demo).toHaveLength(4);
    for (const { id, position, ref, alts, info } of demo) {
      const [, pos, , base, alt, , , source = ''] = rows.find((row) => row[2] === id) ?? [];
      expect([Number(pos), base, alt]).toEqual([position, ref, alts.join(',')]);
      for (const key of ['END', 'CIPOS', 'CIEND', 'SVLEN', 'SVTYPE']) {
        if (info.has(key)) expect(source.split(';'), `${id} ${key}`).toContain(`${key}=${info.get(key)}`);
      }
    }
  });

  it('takes the insertion from gnomAD-SV', () => {
    const row = realLines('05_sv_str_fusion/gnomad_v2.1_sv_slice.grch37.vcf').find((line) =>
      line.includes('gnomAD-SV_v2.1_INS_1_1\t'),
    );
    expect(row).toMatch(/^1\t54665\t[^\t]+\tN\t<INS>\t[^\t]+\tPASS\t.*SVLEN=52;/);
    expect(byPosition(54_665)?.info.get('SVLEN')).toBe('52');
  });

  it('puts the ends of the fusions into the introns between the fused exons', () => {
    const [bcr, abl1, eml4, alk] = ['BCR', 'ABL1', 'EML4', 'ALK'].map(maneSelect);
    const at = (file: string, id: string) => recordsOf(file).find((record) => record.id === id);
    const pair = (record: ReturnType<typeof at>, key: string) => (record?.info.get(key) ?? '').split(',').map(Number);
    const bcrEnd = at('cml.grch38.vcf', 'bnd_bcr');
    expect(bcrEnd?.position).toBe(bcr?.exons[13]?.end0);
    expect((bcrEnd?.position ?? 0) + (pair(bcrEnd, 'CIPOS')[1] ?? 0)).toBe(bcr?.exons[14]?.start0);
    const ablEnd = at('cml.grch38.vcf', 'bnd_abl1');
    expect(ablEnd?.position).toBe((abl1?.exons[1]?.start0 ?? 0) + 1);
    expect((ablEnd?.position ?? 0) + (pair(ablEnd, 'CIPOS')[0] ?? 0)).toBe((abl1?.exons[0]?.end0 ?? 0) + 1);
    const inversion = at('alk.grch38.vcf', 'inv_eml4_alk');
    const [low = 0, high = 0] = [inversion?.position, Number(inversion?.info.get('END'))];
    // ALK reads the other way: its exon 20 of 29 is the tenth of the genome, its exon 19 the eleventh.
    expect([low, low + (pair(inversion, 'CIPOS')[1] ?? 0)]).toEqual([alk?.exons[9]?.end0, alk?.exons[10]?.start0]);
    expect([high, high + (pair(inversion, 'CIEND')[1] ?? 0)]).toEqual([eml4?.exons[12]?.end0, eml4?.exons[13]?.start0]);
  });

  it('takes the studied regions from MANE', () => {
    for (const file of DEMO_FILES.filter((name) => name.endsWith('.studied.bed'))) {
      const margin = file.startsWith('cyp2c19') ? 3000 : 0;
      for (const line of demoText(file)
        .split('\n')
        .filter((one) => one.startsWith('chr') && !one.includes('MUTYH'))) {
        const [, start0, end0, gene = ''] = line.split('\t');
        const { span } = maneSelect(gene);
        expect([Number(start0), Number(end0)], gene).toEqual([span.start0 - margin, span.end0 + margin]);
      }
    }
    const exons = maneSelect('PMS2')
      .exons.slice(0, 4)
      .map(({ start0, end0 }) => `chr7\t${start0}\t${end0}`);
    for (const exon of exons) expect(demoText('hereditary-cancer.uncallable.bed')).toContain(exon);
  });
});

describe('the demo structural variants against the examples of the implementation guide', () => {
  it.each([
    ['ExampleGermlineINV', 'INV'],
    ['ExampleGermlineDEL', 'DEL'],
    ['ExampleGermlineCNV', 'CNV'],
  ])('%s', (example, type) => {
    const url = new URL(
      `../../node_modules/hl7.fhir.uv.genomics-reporting/example/Observation-${example}.json`,
      import.meta.url,
    );
    const components: {
      code: { coding: { code: string }[] };
      valueRange?: { low: { value: number }; high: { value: number } };
      valueString?: string;
    }[] = JSON.parse(readFileSync(url, 'utf8')).component;
    const component = (code: string) => components.find((one) => one.code.coding[0]?.code === code);
    const range = component('81302-2')?.valueRange;
    const record = recordsOf('structural.grch37.vcf').find(({ position }) => position === range?.low.value);
    expect(record?.info.get('END')).toBe(String(range?.high.value));
    expect(record?.ref).toBe(component('69547-8')?.valueString);
    expect(record?.info.get('SVTYPE')).toBe(type);
  });
});
