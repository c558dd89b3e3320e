import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chromosomesOf } from '../../lib/genomics/assembly.ts';
import { hasBcftools } from '../support/bcftools.ts';
import {
  assemblyOf,
  csvRows,
  DEMO_FILES,
  demoPage,
  demoPath,
  demoText,
  MANIFEST,
  preciseAlleles,
  recordsOf,
} from './demo-files.ts';

const VCFS = DEMO_FILES.filter((name) => name.endsWith('.vcf'));
const BEDS = DEMO_FILES.filter((name) => name.endsWith('.bed'));
const VARIANTS = csvRows(demoText('variants.csv'));
const COLUMNS =
  'file,subject,sample,assembly,test_id,test_date,specimen_id,source_class,studied,uncallable,change_types,sex';

/** Every subject that loading the cohort creates. */
function subjects(): string[] {
  const loaded = MANIFEST.flatMap((row) =>
    row['sample'] === '*' ? samplesOf(row['file'] ?? '') : [row['subject'] ?? ''],
  );
  return [...new Set([...loaded, ...csvRows(demoText('subjects.csv')).map((row) => row['subject'] ?? '')])];
}

/** Sample names of a demo VCF. */
function samplesOf(file: string): string[] {
  const header =
    demoText(file)
      .split('\n')
      .find((line) => line.startsWith('#CHROM')) ?? '';
  return header.split('\t').slice(9);
}

describe('the manifest of the demo cohort', () => {
  it('has the columns that ingest reads', () => {
    expect(demoText('manifest.csv').split('\n')[0]).toBe(COLUMNS);
  });

  it('names every VCF and BED of the folder, and only files that exist', () => {
    const named = MANIFEST.flatMap((row) => [row['file'], row['studied'], row['uncallable']]).filter(
      (name) => name !== '',
    );
    expect(named.filter((name) => !existsSync(demoPath(name ?? '')))).toEqual([]);
    expect([...new Set(named)].sort()).toEqual([...VCFS, ...BEDS].sort());
  });

  it('names samples that the files have', () => {
    for (const { file = '', sample = '' } of MANIFEST) {
      if (sample === '') expect(samplesOf(file), file).toHaveLength(1);
      else if (sample !== '*') expect(samplesOf(file), file).toContain(sample);
    }
  });

  it('gives every subject an id that FHIR accepts and a place on the page', () => {
    const page = demoPage();
    expect(subjects()).toHaveLength(17);
    for (const subject of subjects()) {
      expect(subject).toMatch(/^[A-Za-z0-9.-]{1,64}$/);
      expect(page).toContain(`\`${subject}\``);
    }
  });

  it('has one subject with studies in both assemblies', () => {
    const assemblies = MANIFEST.filter((row) => row['subject'] === 'demo-carrier').map((row) => row['assembly']);
    expect(assemblies).toEqual(['GRCh37', 'GRCh38']);
  });
});

describe.each(VCFS)('%s', (file) => {
  const lines = demoText(file).split('\n');

  it('is plain text with LF, one final newline and equal columns', () => {
    expect(demoText(file)).toMatch(/^##fileformat=VCFv4\.[1-5]\n[\t\n\x20-\x7e]*[^\n]\n$/);
    const widths = new Set(
      lines
        .slice(
          lines.findIndex((line) => line.startsWith('#CHROM')),
          -1,
        )
        .map((line) => line.split('\t').length),
    );
    expect([...widths]).toEqual([9 + samplesOf(file).length]);
    expect(recordsOf(file).length).toBeLessThanOrEqual(25);
  });

  it('states contigs with the lengths of its assembly', () => {
    const lengths = new Map(
      chromosomesOf(assemblyOf(file)).map(({ chromosome, length }) => [chromosome as string, length]),
    );
    const contigs = lines.flatMap((line) => /^##contig=<ID=(?:chr)?(\w+),length=(\d+)>$/.exec(line)?.slice(1, 3) ?? []);
    expect(contigs.length).toBeGreaterThan(0);
    for (let index = 0; index < contigs.length; index += 2) {
      const name = contigs[index] === 'M' ? 'MT' : (contigs[index] ?? '');
      expect(lengths.get(name), name).toBe(Number(contigs[index + 1]));
    }
  });

  it('states only published alleles, with their rs numbers', () => {
    const assembly = assemblyOf(file) === 'GRCh37' ? 'grch37' : 'grch38';
    for (const record of recordsOf(file)) {
      for (const allele of preciseAlleles(record)) {
        const [published] = VARIANTS.filter((row) => row[assembly] === allele);
        expect(published, `${file} ${allele}`).toBeDefined();
        expect(record.id, allele).toBe(published?.['rs'] || '.');
        expect(record.info.get('GENE'), allele).toBe(published?.['gene']);
        if (record.alts.length === 1) expect(record.info.get('CLNID') ?? '', allele).toBe(published?.['clinvar']);
      }
    }
  });

  it.runIf(hasBcftools)('is read by bcftools without a warning, and sorted', () => {
    const { status, stdout, stderr } = spawnSync('bcftools', ['view', '--no-version', '-H', demoPath(file)], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').length - 1).toBe(recordsOf(file).length);
    // bcftools index refuses what is not sorted.
    const bgzf = execFileSync('bcftools', ['view', '--no-version', '-Oz', demoPath(file)]);
    const index = spawnSync('bcftools', ['index', '-f', '-t', '-o', '/dev/null', '-'], {
      input: bgzf,
      encoding: 'utf8',
    });
    expect(index.stderr).toBe('');
  });
});

describe('the list of published variants', () => {
  it.each(['GRCh37', 'GRCh38'] as const)('holds each allele of %s once', (assembly) => {
    const alleles = VARIANTS.map((row) => row[assembly.toLowerCase()]).filter((allele) => allele !== '');
    expect(new Set(alleles).size).toBe(alleles.length);
  });

  it('holds nothing that no file shows', () => {
    const shown = new Set(
      VCFS.flatMap((file) =>
        recordsOf(file).flatMap((record) => preciseAlleles(record).map((allele) => `${record.assembly} ${allele}`)),
      ),
    );
    const unused = VARIANTS.filter(
      ({ grch37, grch38 }) => !shown.has(`GRCh37 ${grch37}`) && !shown.has(`GRCh38 ${grch38}`),
    );
    expect(unused).toEqual([]);
  });
});

describe('the kinds of record the cohort is there to show', () => {
  const records = VCFS.flatMap(recordsOf);
  const genotypes = records.flatMap(({ fields }) =>
    fields[8]?.startsWith('GT') ? fields.slice(9).map((field) => field.split(':')[0] ?? '') : [],
  );

  it.each(['0/0', '0/1', '1/1', '1/2', '0/2', '2/3', '1|2', '0|1', '1|0', '1|1', '0', '1', './.', './1', '.'])(
    'has a genotype %s',
    (genotype) => {
      expect(genotypes).toContain(genotype);
    },
  );

  it.each(['*', '<NON_REF>', '<DEL>', '<DUP>', '<INV>', '<INS>', '<CNV>', '<CN0>'])('has the allele %s', (alt) => {
    expect(records.flatMap(({ alts }) => alts)).toContain(alt);
  });

  it('has a pair of breakends that name each other', () => {
    const ends = records.filter(({ info }) => info.get('SVTYPE') === 'BND');
    expect(ends).toHaveLength(2);
    for (const end of ends) {
      const mate = ends.find(({ id }) => id === end.info.get('MATEID'));
      expect(end.alts[0]).toContain(`chr${mate?.chromosome}:${mate?.position}`);
    }
  });

  it('states lengths of structural variants that agree with their ends', () => {
    const spans = records.filter(({ info }) => info.has('SVLEN') && info.has('END') && info.get('SVTYPE') !== 'INS');
    expect(spans.length).toBeGreaterThan(5);
    for (const { id, position, info } of spans) {
      const difference = Math.abs(Number(info.get('SVLEN'))) - (Number(info.get('END')) - position);
      // 1000 Genomes itself counts one base more in this record; it stays as published.
      expect(difference, id).toBe(id === 'YL_CN_CEU_5170' ? 1 : 0);
    }
  });
});

describe('the page about the demo cohort', () => {
  const page = demoPage();

  it('names every published variant by its rs number or ClinVar id, and its positions', () => {
    for (const row of VARIANTS) {
      expect(page, row['name']).toContain(row['rs'] !== '' ? row['rs'] : row['clinvar'] || row['name']);
      for (const column of ['grch37', 'grch38']) {
        const [chromosome, position] = (row[column] ?? '').split('-');
        if (position !== undefined)
          expect(page, row['name']).toContain(`${chromosome}:${Number(position).toLocaleString('en-US')}`);
      }
    }
  });

  it('names every structural variant by its position', () => {
    for (const { file, chromosome, position } of VCFS.flatMap(recordsOf).filter(({ info }) => info.has('SVTYPE'))) {
      expect(page, file).toContain(`${chromosome}:${position.toLocaleString('en-US')}`);
    }
  });

  it('asks only about subjects that are there', () => {
    const asked = [...page.matchAll(/[?&]subject=([A-Za-z0-9.-]+)/g)].map(([, subject]) => subject);
    expect(asked.length).toBeGreaterThan(12);
    expect(asked.filter((subject) => !subjects().includes(subject ?? ''))).toEqual([]);
  });
});
