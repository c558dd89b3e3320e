import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { OperationOutcome, Parameters } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assembly, chromosomesOf } from '../../lib/genomics/assembly.ts';
import { ingest } from '../../lib/ingest/ingest.ts';
import { siteFilesOf } from '../../lib/knowledge/sites/read-sites.ts';
import { readPharmGkb } from '../../lib/knowledge/sources/pharmacogenomics.ts';
import { findSubjectTxImplications } from '../../lib/operations/find-subject-tx-implications.ts';
import type { AddedKnowledge } from '../../lib/store/knowledge-archive.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { componentTexts, observationsOf } from '../support/implications.ts';
import { pick, seeded } from '../support/random.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { ask, responseProblems } from '../support/response.ts';

const ROOT = '07_knowledge/pharmgkb_cpic';
const ANNOTATIONS = `${ROOT}/pharmgkb_clinical_annotations_full.tsv.gz`;
const PHARMCAT = '08_pgx/pharmcat';

const textOf = (path: string): string => {
  const bytes = readFileSync(path);
  return (path.endsWith('gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};
const tableOf = (path: string): readonly (readonly string[])[] =>
  textOf(realFile(path))
    .trimEnd()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split('\t'));

interface Annotation {
  readonly id: string;
  readonly rsid: string;
  readonly level: string;
  readonly drugs: readonly string[];
}

/** Annotations of single rs numbers, by their columns alone. */
function annotations(): readonly Annotation[] {
  return tableOf(ANNOTATIONS)
    .filter(([, variant = '']) => /^rs\d+$/.test(variant))
    .map(([id = '', rsid = '', , level = '', ...others]) => ({
      ...{ id, rsid, level },
      drugs: (others[6] ?? '').split(';').map((one) => one.trim()),
    }));
}

interface Definition {
  readonly chromosome: string;
  readonly position: number;
  readonly ref: string;
  readonly alts: readonly string[];
}

/** PharmCAT's positions by rs number. */
function definitions(): ReadonlyMap<string, Definition> {
  const folder = realFile(`${PHARMCAT}/definition/alleles`);
  const all = readdirSync(folder).filter((name) => name.includes('_translation.json'));
  return new Map(
    all.flatMap((name) =>
      (JSON.parse(textOf(join(folder, name))).variants as (Definition & { rsid: string | null })[]).flatMap((one) =>
        one.rsid === null ? [] : [[one.rsid, one] as const],
      ),
    ),
  );
}

const sorted = (letters: string): string => [...letters].toSorted().join('');
const isExchange = ({ ref, alts }: Definition): boolean => [ref, ...alts].every((one) => one.length === 1);

/** The genotype texts that PharmGKB would have of an annotation: letters of the plus strand, in order of letter. */
function genotypesOf(known: Definition | undefined): readonly string[] {
  if (known === undefined) return ['AA', 'AG', 'GG'];
  const [alt = ''] = known.alts;
  if (!isExchange(known)) return ['del/del', `${known.ref}/del`];
  return [known.ref + known.ref, sorted(known.ref + alt), alt + alt];
}

const ASKED = ['rs4149056', 'rs9923231', 'rs12248560', 'rs1799853', 'rs116855232', 'rs4244285', 'rs2231142'];
const GENOTYPES = ['0/0', '0/1', '1/0', '1/1', '0|1', './1', '.'] as const;
const random = seeded(20_261_125);
/** Seeded genotypes of some people at some places; the first is heterozygous everywhere. */
const PEOPLE = Array.from({ length: 6 }, (_, person) => ({
  subject: `P${person}`,
  called: new Map(ASKED.map((rsid) => [rsid, person === 0 ? '0/1' : pick(random, GENOTYPES)])),
}));

describe.skipIf(!hasRealData)("PharmGKB's annotations of rs numbers, joined by PharmCAT's positions", () => {
  const all = hasRealData ? annotations() : [];
  const places = hasRealData ? definitions() : new Map<string, Definition>();
  let local: TemporaryArchive;
  let folder: string;
  let added: AddedKnowledge;

  beforeAll(async () => {
    local = await temporaryArchive();
    folder = await mkdtemp(join(tmpdir(), 'pharmgkb-sites-'));
    const chain = realFile('10_liftover_reference/hg38ToHg19.over.chain.gz');
    await local.reference.add({ kind: 'chains', path: chain, from: 'GRCh38', to: 'GRCh37' });
    const alleles = join(folder, 'clinical_ann_alleles.tsv');
    const lines = all.flatMap(({ id, rsid }) =>
      genotypesOf(places.get(rsid)).map((genotype) => `${id}\t${genotype}\t${id} ${genotype}`),
    );
    await writeFile(alleles, ['Clinical Annotation ID\tGenotype/Allele\tAnnotation Text', ...lines, ''].join('\n'));
    const siteFiles = await siteFilesOf([realFile(PHARMCAT)]);
    const inputs = [realFile(ANNOTATIONS), alleles];
    added = await local.knowledge.add({
      source: 'pharmgkb',
      release: '2021',
      inputs: [...inputs, ...siteFiles],
      fill: (sink) => readPharmGkb(inputs, sink, siteFiles),
    });
    await ingestPeople('GRCh38', 'a');
    await ingestPeople('GRCh37', 'b');
  }, 120_000);
  afterAll(async () => {
    await local.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** The same people by another prefix in each assembly; GRCh37's positions are those of pypgx. */
  async function ingestPeople(assembly: Assembly, prefix: string): Promise<void> {
    const of37 = new Map(tableOfCsv().map((row) => [row[3], row]));
    const records = ASKED.map((rsid) => {
      const known = places.get(rsid) as Definition;
      const row = of37.get(rsid);
      const [position, ref] = assembly === 'GRCh38' ? [known.position, known.ref] : [Number(row?.[5]), row?.[7] ?? ''];
      const calls = PEOPLE.map(({ called }) => called.get(rsid));
      const chromosome = known.chromosome.replace('chr', '');
      return {
        chromosome,
        position,
        line: [chromosome, position, rsid, ref, known.alts[0], '.', 'PASS', '.', 'GT', ...calls],
      };
    });
    const contigs = chromosomesOf(assembly).map(
      ({ chromosome, length }) => `##contig=<ID=${chromosome},length=${length}>`,
    );
    const order = contigs.map((line) => /ID=(\w+)/.exec(line)?.[1]);
    records.sort((a, b) => order.indexOf(a.chromosome) - order.indexOf(b.chromosome) || a.position - b.position);
    const path = join(folder, `${prefix}.vcf`);
    const columns = ['#CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO', 'FORMAT'];
    await writeFile(
      path,
      [
        '##fileformat=VCFv4.2',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        ...contigs,
        [...columns, ...PEOPLE.map(({ subject }) => subject)].join('\t'),
        ...records.map(({ line }) => line.join('\t')),
        '',
      ].join('\n'),
    );
    const { sequences } = await local.ports.reference();
    await ingest(
      {
        ...{ assembly, testId: `genome-${prefix}`, testDate: '2026-01-01', mode: 'create' },
        inputs: PEOPLE.map(({ subject }) => ({
          ...{ file: path, subject: `${prefix}${subject}`, sample: subject, sourceClass: 'germline' },
        })),
      },
      local.archive,
      { sequences },
    );
  }

  function tableOfCsv(): readonly (readonly string[])[] {
    const lines = readFileSync(realFile(`${ROOT}/pypgx_variant_table.csv`), 'utf8')
      .trimEnd()
      .split('\n');
    return lines.slice(1).map((line) => line.split(','));
  }

  const tx = async (subject: string, drug: string): Promise<Parameters> => {
    const body = await ask(findSubjectTxImplications, { subject, treatments: [drug] }, local.ports);
    expect(responseProblems('find-subject-tx-implications', body)).toEqual([]);
    return body;
  };
  const textsOf = (body: Parameters): readonly string[] =>
    observationsOf(body, 'implication')
      .flatMap((one) => componentTexts(one, 'therapeutic-implication'))
      .toSorted();

  /** Texts that apply to a genotype, by the letters of the VCF: nothing without a base beside the reference. */
  function expected(person: (typeof PEOPLE)[number], drug: string): readonly string[] {
    return all
      .filter(({ drugs }) => drugs.includes(drug))
      .flatMap(({ id, rsid }) => {
        const [known, called] = [places.get(rsid), person.called.get(rsid)];
        if (known === undefined || called === undefined || called.includes('.') || called === '0/0') return [];
        const letters = called
          .replaceAll(/[/|]/g, '')
          .replaceAll('0', known.ref)
          .replaceAll('1', known.alts[0] ?? '');
        return [`${id} ${sorted(letters)}`];
      })
      .toSorted();
  }

  it('are joined where the place is known, and counted by level where it is not', () => {
    const reasons = new Map<string, number>();
    const refuse = (level: string, why: string): void => {
      const reason = `level ${level}, genotypes of an rs number: ${why}`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    };
    for (const { rsid, level } of all) {
      const known = places.get(rsid);
      if (known === undefined) refuse(level, 'no place given for its rs number (--sites)');
      else if (!isExchange(known)) refuse(level, 'an insertion, deletion or repeat');
    }
    const { unjoined, unusable } = added.release;
    const told = Object.entries(unusable).filter(([reason]) => reason.includes('rs number'));
    expect(new Map(told)).toEqual(reasons);
    const left = [...reasons.values()].reduce((sum, count) => sum + count, 0);
    expect([all.length, left, unjoined]).toEqual([4589, 4193, 4193]);
    const of1A = [...reasons].filter(([reason]) => reason.startsWith('level 1A'));
    expect([all.filter(({ level }) => level === '1A').length, of1A.reduce((sum, [, count]) => sum + count, 0)]).toEqual(
      [191, 25],
    );
  });

  it('apply to a person by the letters of the genotype, in both assemblies', async () => {
    const drugs = [...new Set(all.filter(({ rsid }) => ASKED.includes(rsid)).flatMap((one) => one.drugs))];
    const asked = Array.from({ length: 12 }, () => pick(random, drugs));
    let found = 0;
    for (const person of PEOPLE) {
      for (const drug of ['simvastatin', 'warfarin', 'clopidogrel', 'rosuvastatin', ...asked]) {
        for (const prefix of ['a', 'b']) {
          const texts = textsOf(await tx(`${prefix}${person.subject}`, drug));
          expect(texts, `${prefix}${person.subject} ${drug}`).toEqual(expected(person, drug));
          found += texts.length;
        }
      }
    }
    expect(found).toBeGreaterThan(100);
  });

  it("is the CT text of level 1A for simvastatin, and of VKORC1's plus strand for warfarin", async () => {
    const simvastatin = await tx('aP0', 'simvastatin');
    const ct = observationsOf(simvastatin, 'implication').filter((one) =>
      componentTexts(one, 'therapeutic-implication').includes('655384011 CT'),
    );
    expect(ct.map((one) => componentTexts(one, '93044-6'))).toEqual([['PharmGKB Level 1A']]);
    expect(textsOf(simvastatin).filter((text) => /^655384011 (CC|TT)$/.test(text))).toEqual([]);
    const warfarin = textsOf(await tx('aP0', 'warfarin'));
    const ofVkorc1 = all.filter(({ rsid, drugs }) => rsid === 'rs9923231' && drugs.includes('warfarin'));
    expect(ofVkorc1.length).toBeGreaterThan(0);
    for (const { id } of ofVkorc1) expect(warfarin).toContain(`${id} CT`);
  });

  it('names what is left out of an answer, and nothing where all of it is joined', async () => {
    const outcomeOf = async (drug: string): Promise<readonly string[]> =>
      (await tx('aP0', drug)).parameter?.flatMap(({ name, resource }) =>
        name === 'outcome' ? (resource as OperationOutcome).issue.map(({ diagnostics = '' }) => diagnostics) : [],
      ) ?? [];
    const byDrug = Map.groupBy(
      all.flatMap((one) => one.drugs.map((drug) => ({ ...one, drug }))),
      ({ drug }) => drug,
    );
    const joined = ({ rsid }: Annotation): boolean => {
      const known = places.get(rsid);
      return known !== undefined && isExchange(known);
    };
    const whole = [...byDrug].filter(([, own]) => own.every(joined)).map(([drug]) => drug);
    expect(whole.length).toBeGreaterThan(10);
    for (const drug of whole.slice(0, 5)) expect(await outcomeOf(drug), drug).toEqual([]);
    for (const drug of ['warfarin', 'methotrexate', 'simvastatin']) {
      const left = (byDrug.get(drug) ?? []).filter((one) => !joined(one));
      const levels = [...Map.groupBy(left, ({ level }) => level)].map(
        ([level, own]) => `level ${level}: ${own.length}`,
      );
      expect(await outcomeOf(drug)).toEqual([
        expect.stringMatching(
          `^pharmgkb 2021: ${left.length} items? \\(${levels.toSorted().join(', ')}\\) on genotypes of single variants`,
        ),
      ]);
    }
  });
});

describe.skipIf(!hasRealData)("PharmGKB's texts as they are published", () => {
  it('are joined by the names of its variants', async () => {
    const local = await temporaryArchive();
    try {
      const inputs = ['otpgkb_summary_annotations.tsv', 'otpgkb_summary_ann_alleles.tsv'].map((name) =>
        realFile(`${ROOT}/${name}`),
      );
      const siteFiles = [realFile(`${ROOT}/otpgkb_variants.tsv`)];
      const { release } = await local.knowledge.add({
        ...{ source: 'pharmgkb', release: '2025', inputs: [...inputs, ...siteFiles] },
        fill: (sink) => readPharmGkb(inputs, sink, siteFiles),
      });
      // Of ten rs numbers, five are no exchange of bases; one has letters, made for the slice, that are none of its place.
      expect(release.unusable).toMatchObject({
        'level 1A, genotypes of an rs number: an insertion, deletion or repeat': 2,
        'level 3, genotypes of an rs number: an insertion, deletion or repeat': 3,
        'level 3, genotypes of an rs number: letters other than the alleles at its place': 1,
      });
      expect(release.unjoined).toBe(6);
    } finally {
      await local.remove();
    }
  });
});
