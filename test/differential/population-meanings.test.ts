import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assembly, chromosomesOf } from '../../lib/genomics/assembly.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { readNeutral } from '../../lib/knowledge/neutral.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { bcftools, hasBcftools } from '../support/bcftools.ts';
import { addChains } from '../support/chains.ts';
import { askEveryone, unionOf } from '../support/population-union.ts';
import { pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { loadPharmcat } from '../support/star-alleles.ts';

const FILE_38 = '00_benchmark_pgx_1kgp/1kgp_30x_58pgx_genes_3202.grch38.vcf.gz';
const FILE_37 = '00_benchmark_pgx_1kgp/1kgp_phase3_59pgx_genes_2504.grch37.vcf.gz';
const TRIO = '02_germline_single_trio_gvcf/giab_ashkenazim_trio.vcf.gz';
const CYP2C19 = { contig: 'chr10', from: 94_761_000, to: 94_854_000 };
/** ClinVar's records of several alleles, one row an allele. Here each row is a statement about its own. */
const CLINVAR = { GRCh38: 'b38', GRCh37: 'b37' } as const;
const SLOW = 300_000;

/** Codes of bases that a definition leaves open (IUPAC). */
const OPEN: Readonly<Record<string, string>> = { R: 'AG', Y: 'CT', S: 'CG', W: 'AT', K: 'GT', M: 'AC' };

interface Definition {
  readonly variants: readonly { readonly position: number; readonly ref: string }[];
  readonly namedAlleles: readonly { readonly name: string; readonly alleles: readonly (string | null)[] }[];
}

describe.skipIf(!hasBcftools || !hasRealData)('what the alleles of 3,202 people mean', () => {
  let local: TemporaryArchive;
  let folder: string;
  beforeAll(async () => {
    local = await temporaryArchive();
    folder = await mkdtemp(join(tmpdir(), 'meanings-'));
    await addChains(local);
    await loadPharmcat(local);
  }, 120_000);
  afterAll(async () => {
    await local?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  async function load(file: string, assembly: Assembly, testId: string, studied?: string): Promise<void> {
    const input = { file, allSamples: true, sourceClass: 'germline', ...(studied && { studied }) } as const;
    await ingest({ assembly, testId, testDate: '2020-01-01', mode: 'create', inputs: [input] }, local.archive, {
      sequences: (await local.ports.reference()).sequences,
    });
  }

  /** A part of a real file, of the sites of ClinVar's table or of one gene. */
  async function part(file: string, name: string, regions: string): Promise<string> {
    const copy = join(folder, `${name}.vcf.gz`);
    await bcftools('view', '--no-version', '-r', regions, '-Oz', '-o', copy, realFile(file));
    await bcftools('index', '-t', copy);
    return copy;
  }

  /** Carriers of each allele, as bcftools says, by `chromosome:position:ref:alt`. */
  async function carriersIn(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const format = '%CHROM\t%POS\t%REF\t%ALT[\t%SAMPLE]\n';
    const lines = await bcftools('query', '-i', 'GT="alt" && N_ALT=1', '-f', format, file);
    return new Map(
      lines.map(([contig = '', position, ref, alt, ...carriers]) => [
        `${contig.replace('chr', '')}:${position}:${ref}:${alt}`,
        carriers,
      ]),
    );
  }

  interface ClinvarRow {
    readonly chromosome: string;
    readonly position: string;
    readonly ref: string;
    readonly alt: string;
    readonly allele: string;
    readonly traits: readonly string[];
  }

  function clinvar(assembly: Assembly): readonly ClinvarRow[] {
    const path = realFile(`07_knowledge/clinvar/clinvar_multi_full.${CLINVAR[assembly]}.vcf.gz`);
    const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
    return lines
      .filter((line) => !line.startsWith('#'))
      .map((line) => {
        const [chromosome = '', position = '', , ref = '', alt = '', , , info = ''] = line.split('\t');
        const value = (name: string): string => new RegExp(`(?:^|;)${name}=([^;]*)`).exec(info)?.[1] ?? '';
        return { chromosome, position, ref, alt, allele: value('ALLELE_ID'), traits: value('ALL_TRAITS').split('|') };
      });
  }

  /** The rows as neutral knowledge (docs/knowledge.md). */
  function neutral(rows: readonly ClinvarRow[]): string {
    const accessions = new Map(
      chromosomesOf('GRCh38').map(({ chromosome, accession }) => [chromosome as string, accession]),
    );
    const stated = rows.map(({ chromosome, position, ref, alt, allele, traits }) => ({
      variants: [`${accessions.get(chromosome)}:${Number(position) - 1}:${ref}:${alt}`],
      significance: { text: 'as ClinVar has it' },
      conditions: traits.map((display) => ({ display })),
      identifiers: [{ system: 'http://www.ncbi.nlm.nih.gov/clinvar', value: allele }],
      source: 'ClinVar',
    }));
    return stated.map((one) => JSON.stringify(one)).join('\n');
  }

  it(
    'diagnoses: whom bcftools finds with an allele of ClinVar, of both assemblies',
    async () => {
      const [rows38, rows37] = [clinvar('GRCh38'), clinvar('GRCh37')];
      const sites = (rows: readonly ClinvarRow[], prefix: string): string =>
        rows.map(({ chromosome, position }) => `${prefix}${chromosome}:${position}`).join();
      const [file38, file37] = [
        await part(FILE_38, 'clinvar-38', sites(rows38, 'chr')),
        await part(FILE_37, 'clinvar-37', sites(rows37, '')),
      ];
      await load(file38, 'GRCh38', 'genomes');
      await load(file37, 'GRCh37', 'phase3');
      const path = join(folder, 'clinvar.jsonl');
      await writeFile(path, neutral(rows38));
      await local.knowledge.add({
        source: 'clinvar',
        release: 'b38',
        inputs: [path],
        async fill(sink) {
          for await (const rows of readNeutral(path, 'dx', sink.report)) await sink.rows(rows);
        },
      });
      const alleles = new Map(rows38.map(({ allele, traits }) => [allele, traits]));
      const expected = new Map<string, Set<string>>();
      for (const [rows, file] of [
        [rows38, file38],
        [rows37, file37],
      ] as const) {
        const carriers = await carriersIn(file);
        for (const { chromosome, position, ref, alt, allele } of rows) {
          const found = new Set(carriers.get(`${chromosome}:${position}:${ref}:${alt}`));
          for (const trait of alleles.get(allele) ?? []) {
            expected.set(trait, (expected.get(trait) ?? new Set()).union(found));
          }
        }
      }
      const some = [...expected].filter(([, subjects]) => subjects.size > 0);
      const none = [...expected].filter(([, subjects]) => subjects.size === 0).slice(0, 20);
      expect(some.length).toBeGreaterThan(5);
      for (const compacted of [false, true]) {
        if (compacted) await local.admin.compact();
        for (const [trait, subjects] of [...some, ...none]) {
          const counted = await askEveryone({ of: 'dx', input: { conditions: [trait] } }, local.ports);
          expect(counted, trait).toMatchObject({
            ...{ subjects: [...subjects].sort(), numerator: subjects.size, denominator: 3_202 },
          });
        }
      }
    },
    SLOW,
  );

  it(
    'haplotypes: whose phased copies spell an allele of CYP2C19, read plainly from the definition',
    async () => {
      const { contig, from, to } = CYP2C19;
      const file = await part(FILE_38, 'cyp2c19', `${contig}:${from}-${to}`);
      const studied = join(folder, 'cyp2c19.bed');
      await writeFile(studied, `${contig}\t${from}\t${to}\n`);
      await load(file, 'GRCh38', 'cyp2c19', studied);
      const alleles = await spelledAlleles(file);
      const names = [...new Set([...alleles.values()].flat())].sort();
      expect(names.length).toBeGreaterThan(8);
      const everyone = new Set(alleles.keys());
      for (const compacted of [false, true]) {
        if (compacted) await local.admin.compact();
        for (const name of names) {
          const counted = await askEveryone(
            { of: 'haplotypes', input: { haplotypes: [`CYP2C19 ${name}`] } },
            local.ports,
          );
          const spelled = [...everyone].filter((subject) => alleles.get(subject)?.includes(name)).sort();
          // Of who has a copy that spells no allele, or several, nothing is compared.
          expect(
            counted.subjects.filter((subject) => everyone.has(subject)),
            name,
          ).toEqual(spelled);
          expect(counted.denominator).toBe(3_202);
          expect(counted.callable).toBeGreaterThanOrEqual(everyone.size);
        }
      }
      expect(everyone.size).toBeGreaterThan(3_000);
    },
    SLOW,
  );

  it(
    'treatments: for seeded people, whose own answer has an implication of clopidogrel',
    async () => {
      await local.knowledge.add({
        source: 'lab',
        release: 'one',
        inputs: [],
        fill: (sink) =>
          sink.rows([
            {
              ...{ kind: 'tx', conditions: [], identifiers: [], source: 'lab', implication: { text: 'avoid' } },
              functions: [[{ gene: 'CYP2C19', lookup: 'Poor Metabolizer' }]],
              treatments: [{ display: 'clopidogrel' }],
            },
          ]),
      });
      const question = { of: 'tx', input: { treatments: ['clopidogrel'] } } as const;
      const counted = await askEveryone(question, local.ports);
      expect(counted.subjects.length).toBeGreaterThan(50);
      const random = seeded(7);
      const all = (await local.ports.population()).subjects;
      const asked = [
        ...Array.from({ length: 20 }, () => pick(random, all)),
        ...Array.from({ length: 15 }, () => pick(random, counted.subjects)),
      ];
      const distinct = [...new Set(asked)].sort();
      const own = await unionOf(question, distinct, local.ports);
      expect(counted.subjects.filter((subject) => distinct.includes(subject))).toEqual(own);
      expect(own.length).toBeGreaterThan(10);
    },
    SLOW,
  );

  /** The alleles that both copies of each person spell; people of whom a copy spells none, or several, are left out. */
  async function spelledAlleles(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const { variants, namedAlleles } = JSON.parse(
      readFileSync(realFile('08_pgx/pharmcat/definition/alleles/CYP2C19_translation.json'), 'utf8'),
    ) as Definition;
    const copies = new Map<string, Map<number, string>[]>();
    const lines = await bcftools('query', '-f', '%POS\t%REF\t%ALT[\t%SAMPLE=%GT]\n', file);
    for (const [position, ref = '', alt = '', ...samples] of lines) {
      if (!variants.some((one) => String(one.position) === position)) continue;
      for (const sample of samples) {
        const [name = '', genotype = ''] = sample.split('=');
        const own = copies.get(name) ?? [new Map(), new Map()];
        copies.set(name, own);
        const numbers = genotype.split('|').map(Number);
        expect(numbers).toHaveLength(2);
        for (const [copy, number] of numbers.entries()) {
          const stated = [ref, ...alt.split(',')][number] ?? '?';
          const before = own[copy]?.get(Number(position)) ?? ref;
          if (before === ref) own[copy]?.set(Number(position), stated);
        }
      }
    }
    const spelled = (copy: ReadonlyMap<number, string>): readonly string[] => {
      const fitting = namedAlleles.flatMap(({ name, alleles }) => {
        const stated = alleles.flatMap((allele, place) => {
          const { position = 0, ref = '' } = variants[place] ?? {};
          return allele === null ? [] : [(OPEN[allele] ?? allele).includes(copy.get(position) ?? ref)];
        });
        // Open bases tell nothing.
        const weight = alleles.filter((allele) => allele !== null && OPEN[allele] === undefined).length;
        return stated.every(Boolean) ? [{ name, weight }] : [];
      });
      const most = Math.max(...fitting.map(({ weight }) => weight));
      return fitting.filter(({ weight }) => weight === most).map(({ name }) => name);
    };
    const known = (copy: ReadonlyMap<number, string>, name: string): boolean => {
      // Every base that is not the reference's is one of the allele's.
      const own = namedAlleles.find((one) => one.name === name)?.alleles ?? [];
      return variants.every(({ position, ref }, place) => (copy.get(position) ?? ref) === ref || own[place] !== null);
    };
    const found = new Map<string, readonly string[]>();
    for (const [sample, own] of copies) {
      const names = own.map(spelled);
      const plain = names.flatMap((some, copy) =>
        some.length === 1 && known(own[copy] as Map<number, string>, some[0] as string) ? some : [],
      );
      if (plain.length === 2) found.set(sample, plain);
    }
    return found;
  }
});

describe.skipIf(!hasBcftools || !hasRealData)('consequences that a real file states of three people', () => {
  it(
    'are those of whom bcftools says that they carry the allele',
    async () => {
      const archive = await temporaryArchive();
      try {
        // Of the few alleles of which the file says nothing, models would have to tell.
        const transcripts = fileURLToPath(new URL('../../demo/reference/transcripts.json', import.meta.url));
        await archive.reference.add({ kind: 'transcripts', path: transcripts, release: 'demo', fallback: true });
        const input = { file: realFile(TRIO), allSamples: true, sourceClass: 'germline' } as const;
        const request = { assembly: 'GRCh37', testId: 'trio', testDate: '2020-01-01', mode: 'create' } as const;
        const { sequences } = await archive.ports.reference();
        await ingest({ ...request, inputs: [input] }, archive.archive, { sequences });
        const lines = await bcftools(
          ...['query', '-i', 'N_ALT=1 && TYPE="snp" && INFO/BCSQ!="." && (FILTER="PASS" || FILTER=".")'],
          ...['-f', '%CHROM\t%POS\t%REF\t%ALT\t%INFO/BCSQ[\t%SAMPLE=%GT]\n', realFile(TRIO)],
        );
        const random = seeded(11);
        const accessions = new Map(
          chromosomesOf('GRCh37').map(({ chromosome, accession }) => [chromosome as string, accession]),
        );
        const wanted = lines.filter(([, , , , said = '']) => /^(missense|synonymous|stop_gained)\|/.test(said));
        expect(wanted.length).toBeGreaterThan(100);
        for (const compacted of [false, true]) {
          if (compacted) await archive.admin.compact();
          for (let round = 0; round < 30; round++) {
            const [contig = '', position, ref, alt, said = '', ...samples] = pick(random, wanted);
            const term = `${said.slice(0, said.indexOf('|'))}`.replace(/^(missense|synonymous)$/, '$1_variant');
            const carriers = samples.filter((one) => /=.*1/.test(one)).map((one) => one.slice(0, one.indexOf('=')));
            const variant = `${accessions.get(contig.replace('chr', ''))}:${Number(position) - 1}:${ref}:${alt}`;
            const ask = (featureConsequences: string) =>
              askEveryone(
                { of: 'consequences', input: { variants: [variant], featureConsequences: [featureConsequences] } },
                archive.ports,
              );
            expect((await ask(term)).subjects, `${variant} ${said}`).toEqual(carriers.sort());
            if (!said.includes('stop_lost')) expect((await ask('stop_lost')).subjects).toEqual([]);
          }
        }
      } finally {
        await archive.remove();
      }
    },
    SLOW,
  );
});
