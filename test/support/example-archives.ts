import type { McRow, SiteGenotype, TxRow } from '../../lib/knowledge/rows.ts';
import type { Ports, Reference } from '../../lib/operations/ports.ts';
import { inputOf, phased, simpleRow, span, structuralRow, testOf } from './archive-builder.ts';
import { demoGenes } from './gene-knowledge.ts';
import { memoryKnowledge } from './memory-knowledge.ts';
import { memoryPorts } from './memory-ports.ts';
import { ACCESSION, FEATURES, SEQUENCE, START, twoAssemblies } from './two-assemblies.ts';

const SIMPLE = ['SNV', 'INS', 'DEL'] as const;

/**
 * HG00403 as the guide's examples have it in GRCh38: an exome of a tumor (test1) with BRAF V600E, whose panel of July
 * 2020 could not call exon 19 of EGFR, and an amplified MET in specimen1.
 */
function tumor(): Ports {
  const exome = testOf('test1', 'GRCh38', {
    inputs: [inputOf({ sourceClass: 'somatic', changeTypes: SIMPLE, studiedRegions: true })],
    samples: [{ input: 0, sample: 'TUMOR', specimen: 'specimen1' }],
  });
  const copies = testOf('test2', 'GRCh38', {
    testDate: '2021-02-01',
    inputs: [inputOf({ sourceClass: 'somatic', changeTypes: ['CNV', 'DEL', 'DUP', 'BND'] })],
    samples: [{ input: 0, sample: 'TUMOR', specimen: 'specimen1' }],
  });
  const call = { genotype: '0/1', alleleDepth: 52, depth: 290, alleleFraction: Math.fround(52 / 290) };
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [exome, copies] }],
    variants: [simpleRow(exome, ['7', 140753336, 'A', 'T'], { ...call, ids: 'rs113488022;COSV56056643' })],
    structural: [
      structuralRow(copies, ['7', 116600000, '<CNV>', 116800000], {
        ref: 'T',
        imprecise: true,
        outer: span(116599000, 116801000),
        inner: span(116601000, 116799000),
        copyNumber: 5,
        svLength: 200000,
      }),
      // BCR-ABL1, seen from chromosome 22.
      structuralRow(copies, ['22', 23290413, 'C[9:130854064[', 23290413], {
        ref: 'C',
        mate: { contig: '9', start0: span(130854064, 130854064).start0 },
      }),
    ],
    regions: [
      { study: 'test1', input: 0, kind: 'studied', chromosome: '7', regions: [span(140719327, 140924929)] },
      { study: 'test1', input: 0, kind: 'studied', chromosome: '17', regions: [span(39688093, 39728660)] },
    ],
  });
}

/** HG00403 in GRCh37: a deletion that reaches into exon 19 of EGFR, as in the guide's structural example. */
function tumor37(): Ports {
  const test = testOf('test1', 'GRCh37', {
    inputs: [inputOf({ sourceClass: 'somatic', changeTypes: ['DEL', 'DUP'], studiedRegions: true })],
    samples: [{ input: 0, sample: 'TUMOR', specimen: 'specimen1' }],
  });
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [test] }],
    structural: [
      structuralRow(test, ['7', 55240000, '<DEL>', 55250000], { ref: 'G', svLength: -10000, genotype: '0/1' }),
    ],
    regions: [{ study: 'test1', input: 0, kind: 'studied', chromosome: '7', regions: [span(55086725, 55275031)] }],
  });
}

/** The July 2020 test of the guide's metadata example: EGFR was studied, and exon 19 could not be called. */
function panel(): Ports {
  const test = testOf('test08736abc87', 'GRCh38', {
    inputs: [
      inputOf({
        sourceClass: 'somatic',
        changeTypes: ['SNV', 'MNV', 'DELINS', 'CNV'],
        studiedRegions: true,
        uncallableRegions: true,
      }),
    ],
    samples: [{ input: 0, sample: 'T', specimen: 'specimen9652adbg69' }],
  });
  const later = testOf('later', 'GRCh38', { testDate: '2022-05-05' });
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [test, later] }],
    regions: [
      {
        study: 'test08736abc87',
        input: 0,
        kind: 'studied',
        chromosome: '7',
        regions: [span(55019016, 55019365), span(55174721, 55174820), span(55205255, 55211628)],
      },
      {
        study: 'test08736abc87',
        input: 0,
        kind: 'uncallable',
        chromosome: '7',
        regions: [span(55173910, 55174053), span(55174711, 55174830), span(60000000, 60000001)],
      },
    ],
  });
}

/**
 * A germline exome in GRCh38. APOE e2/e4 (rs429358 and rs7412 in trans), TPMT*3A (rs1800460 and rs1142345 in cis),
 * BRCA1 c.68_69del, CFTR F508del, a heteroplasmic m.3243A>G, and one record that stands in the file twice.
 */
function germline(): Ports {
  const test = testOf('exome', 'GRCh38', {
    inputs: [inputOf({ sourceClass: 'germline', changeTypes: SIMPLE, studiedRegions: true, uncallableRegions: true })],
    samples: [{ input: 0, sample: 'NA1', specimen: 'blood1' }],
  });
  const heterozygous = { genotype: '0/1', allelicState: 'heterozygous', alleleDepth: 18, depth: 40 } as const;
  const brca1 = simpleRow(test, ['17', 43124027, 'ACT', 'A'], { ...heterozygous, ids: 'rs80357914' });
  return memoryPorts({
    subjects: [
      { subject: 'HG00403', studies: [test] },
      { subject: 'registered', studies: [] },
    ],
    variants: [
      simpleRow(test, ['19', 44908684, 'T', 'C'], { ...phased('0|1', '44908684'), ids: 'rs429358' }),
      simpleRow(test, ['19', 44908822, 'C', 'T'], { ...phased('1|0', '44908684'), ids: 'rs7412' }),
      simpleRow(test, ['6', 18130687, 'T', 'C'], { ...phased('0|1', '.'), ids: 'rs1142345' }),
      simpleRow(test, ['6', 18138997, 'C', 'T'], { ...phased('0|1', '.'), ids: 'rs1800460' }),
      brca1,
      brca1,
      simpleRow(test, ['7', 117559590, 'ATCT', 'A'], { ...heterozygous, ids: 'rs113993960;VCV000007105' }),
      simpleRow(test, ['MT', 3243, 'A', 'G'], {
        genotype: '0/1',
        allelicState: 'heteroplasmic',
        alleleDepth: 610,
        depth: 2000,
        alleleFraction: Math.fround(0.305),
      }),
    ],
    regions: [
      { study: 'exome', input: 0, kind: 'studied', chromosome: '17', regions: [span(43044294, 43125483)] },
      { study: 'exome', input: 0, kind: 'uncallable', chromosome: '17', regions: [span(43100000, 43100100)] },
      { study: 'exome', input: 0, kind: 'studied', chromosome: '19', regions: [span(44905795, 44909393)] },
      { study: 'exome', input: 0, kind: 'studied', chromosome: 'MT', regions: [span(0, 16569)] },
    ],
  });
}

/** Germline structural variants of every kind that a caller states, in GRCh38. */
function structural(): Ports {
  const test = testOf('genome', 'GRCh38', {
    inputs: [inputOf({ sourceClass: 'germline', changeTypes: ['DEL', 'DUP', 'INV', 'INS', 'BND', 'CPX'] })],
  });
  const state = { genotype: '0/1', allelicState: 'heterozygous' } as const;
  const long = 'G'.repeat(60);
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [test] }],
    structural: [
      structuralRow(test, ['22', 42123191, '<DEL>', 42135344], { ...state, ids: 'CYP2D6x5', svLength: -12153 }),
      structuralRow(test, ['22', 42126000, '<INS>', 42126000], { ...state, svLength: 300 }),
      structuralRow(test, ['22', 42127000, `N${long}`, 42127000], { ...state, changeType: 'INS', ref: 'N' }),
      structuralRow(test, ['22', 42130000, '<INV>', 42140000], state),
      structuralRow(test, ['22', 42120000, '<CPX>', 42140000], { imprecise: true, outer: span(42119000, 42141000) }),
    ],
  });
}

/**
 * A panel in GRCh37 and, years later, an exome in GRCh38 of one subject, on the made-up chromosome of two-assemblies.ts:
 * one substitution and one longer repeat, which both found and wrote in their own way, and a deletion of 300 bases.
 */
function bothAssemblies(): Ports {
  const inputs = [
    inputOf({ sourceClass: 'germline', changeTypes: SIMPLE, studiedRegions: true }),
    inputOf({ sourceClass: 'germline', changeTypes: ['DEL', 'DUP'] }),
  ];
  const panel37 = testOf('panel', 'GRCh37', { inputs });
  const exome38 = testOf('exome', 'GRCh38', { inputs, testDate: '2024-03-01' });
  const heterozygous = { genotype: '0/1', allelicState: 'heterozygous' } as const;
  const { offset, unit, copies } = FEATURES.trinucleotide;
  const at37 = START.GRCh37 + offset;
  const at38 = START.GRCh38 + offset;
  const behind = unit.length * copies;
  const [before, after] = [SEQUENCE[offset - 1] as string, SEQUENCE[offset + behind] as string];
  const base = SEQUENCE[500] as string;
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [panel37, exome38] }],
    variants: [
      simpleRow(panel37, ['1', START.GRCh37 + 501, base, base === 'T' ? 'G' : 'T'], heterozygous),
      simpleRow(exome38, ['1', START.GRCh38 + 501, base, base === 'T' ? 'G' : 'T'], heterozygous),
      simpleRow(panel37, ['1', at37, before, `${before}${unit}`], heterozygous),
      simpleRow(exome38, ['1', at38 + behind + 1, after, `${unit}${after}`], heterozygous),
    ],
    structural: [
      structuralRow(exome38, ['1', START.GRCh38 + 250, '<DEL>', START.GRCh38 + 550], { ...heterozygous, input: 1 }),
    ],
    regions: [
      { study: 'panel', input: 0, kind: 'studied', chromosome: '1', regions: [span(at37 - 100, at37 + 250)] },
      { study: 'exome', input: 0, kind: 'studied', chromosome: '1', regions: [span(at38 - 50, at38 + 250)] },
    ],
    reference: twoAssemblies(),
  });
}

/**
 * Tumors of three subjects as in the guide's examples of populations, one of them tested twice, and a germline test of a
 * fourth; a fifth is registered only. HG00404's panel did not look at EGFR.
 */
function cohort(): Ports {
  const inputs = [
    inputOf({ sourceClass: 'somatic', changeTypes: [...SIMPLE, 'DUP'], studiedRegions: true }),
    inputOf({ sourceClass: 'germline', changeTypes: SIMPLE }),
  ];
  const tests = ['a', 'b', 'c', 'd', 'e'].map((id) =>
    testOf(id, 'GRCh38', { inputs: [inputs[id === 'e' ? 1 : 0] as (typeof inputs)[0]] }),
  );
  const [first, again, second, third, germline] = tests as [
    (typeof tests)[0],
    (typeof tests)[0],
    (typeof tests)[0],
    (typeof tests)[0],
    (typeof tests)[0],
  ];
  const braf = ['7', 140753336, 'A', 'T'] as const;
  const at = (subject: string) => ({ subject, genotype: '0/1' });
  return memoryPorts({
    subjects: [
      { subject: 'HG00406', studies: [germline] },
      { subject: 'HG00403', studies: [first, again] },
      { subject: 'HG00404', studies: [second] },
      { subject: 'HG00405', studies: [third] },
      { subject: 'HG00407', studies: [] },
    ],
    variants: [
      simpleRow(first, braf, at('HG00403')),
      simpleRow(again, braf, at('HG00403')),
      simpleRow(first, ['7', 55181378, 'C', 'T'], at('HG00403')),
      simpleRow(second, braf, at('HG00404')),
      simpleRow(third, ['7', 55191822, 'T', 'G'], at('HG00405')),
      simpleRow(germline, braf, at('HG00406')),
    ],
    structural: [
      structuralRow(first, ['22', 42120000, '<DUP>', 42140000], { ...at('HG00403'), copyNumber: 3 }),
      structuralRow(second, ['22', 42128000, '<DEL>', 42129000], at('HG00404')),
    ],
    regions: [
      ...['a', 'c', 'd'].map((study) => ({
        ...({ study, input: 0, kind: 'studied', chromosome: '7' } as const),
        regions: [span(140719327, 140924929), ...(study === 'c' ? [] : [span(55019016, 55211628)])],
      })),
      { study: 'a', input: 0, kind: 'studied', chromosome: '22', regions: [span(42120000, 42140000)] },
    ],
  });
}

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const MEDGEN = 'https://www.ncbi.nlm.nih.gov/medgen';

/** A tumor with BRAF V600E, CFTR F508del of the same person, an imported CYP2C19 genotype, and what is known of them. */
function implications(): Ports {
  const test = testOf('exome', 'GRCh38', {
    inputs: [
      inputOf({ sourceClass: 'somatic', changeTypes: SIMPLE }),
      inputOf({ sourceClass: 'germline', changeTypes: SIMPLE }),
    ],
  });
  const melanoma = { system: 'https://disease-ontology.org', code: 'DOID:1909', display: 'Melanoma' };
  const codes = { system: MEDGEN, display: 'Cystic fibrosis' } as const;
  const drug = (code: string, display: string) => ({ system: RXNORM, code, display });
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [test] }],
    variants: [
      simpleRow(test, ['7', 140753336, 'A', 'T'], { alleleDepth: 52, depth: 290 }),
      simpleRow(test, ['7', 117559590, 'ATCT', 'A'], { input: 1, genotype: '0/1', allelicState: 'heterozygous' }),
    ],
    genotypes: [
      {
        study: test.study,
        input: 1,
        subject: 'HG00403',
        gene: { symbol: 'CYP2C19' },
        coding: { system: 'http://www.pharmvar.org', code: 'CYP2C19 *2/*17', display: 'CYP2C19 *2/*17' },
        phenotype: 'Intermediate Metabolizer',
        candidates: 1,
      },
    ],
    knowledge: memoryKnowledge([
      {
        source: 'clinvar',
        release: '2026-02',
        rows: [
          {
            kind: 'dx',
            variants: ['NC_000007.14:117559590:TCT:'],
            significance: { system: 'http://loinc.org', code: 'LA6668-3', text: 'Pathogenic' },
            reviewStatus: 'practice guideline',
            evidence: {
              system: 'http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/clinvar-evidence-level-custom-cs',
              code: '4-star',
              text: 'practice guideline',
            },
            conditions: [
              { ...codes, code: 'C0010674' },
              { ...codes, system: 'http://www.omim.org', code: '219700' },
              { display: 'CFTR-related disorder' },
            ],
            identifiers: [{ system: 'http://www.ncbi.nlm.nih.gov/clinvar', value: '7105' }],
            variantIdentifiers: [{ system: 'http://www.ncbi.nlm.nih.gov/projects/SNP', value: 'rs113993960' }],
            source: 'ClinVar',
          },
        ],
      },
      {
        source: 'civic',
        release: 'nightly',
        rows: [
          {
            kind: 'tx',
            variants: ['NC_000007.14:140753335:A:T'],
            treatments: [
              drug('1424911', 'Dabrafenib'),
              { display: 'Trametinib', system: 'https://civicdb.org/drugs', code: '19' },
            ],
            conditions: [melanoma],
            implication: { system: 'http://loinc.org', code: 'LA6677-4', text: 'Supports Sensitivity/Response' },
            evidence: { text: 'B (Clinical evidence)' },
            identifiers: [{ system: 'https://civicdb.org/evidence', value: '6938' }],
            source: 'CIViC',
          },
          {
            kind: 'dx',
            variants: ['NC_000007.14:140753335:A:T'],
            significance: { text: 'Supports Poor Outcome' },
            conditions: [melanoma],
            evidence: { text: 'B (Clinical evidence)' },
            identifiers: [{ system: 'https://civicdb.org/evidence', value: '104' }],
            source: 'CIViC',
          },
        ],
      },
      {
        source: 'cpic',
        release: '2023-04',
        rows: [
          {
            kind: 'tx',
            functions: [[{ gene: 'CYP2C19', lookup: 'Intermediate Metabolizer' }]],
            treatments: [drug('32968', 'clopidogrel')],
            conditions: [],
            implication: { system: 'http://loinc.org', code: 'LA10317-8', text: 'Less active metabolite is formed' },
            recommendation: 'Another antiplatelet drug is advised.',
            evidence: { text: 'CPIC Strong' },
            identifiers: [{ system: 'https://www.pharmgkb.org', value: 'PA166104948' }],
            source: 'CPIC',
          },
          {
            kind: 'tx',
            functions: [[{ gene: 'SLCO1B1', lookup: 'Poor Function' }]],
            treatments: [drug('36567', 'simvastatin')],
            conditions: [],
            implication: { text: 'Highly increased risk of myopathy' },
            identifiers: [],
            source: 'CPIC',
          },
        ],
      },
    ]),
  });
}

/**
 * A germline test with rs4149056 and rs9923231 in one copy and rs2231142 without a genotype, and made-up texts about
 * genotypes of these and of a variant whose place is not known.
 */
function singleVariants(): Ports {
  const test = testOf('panel', 'GRCh38', { inputs: [inputOf({ sourceClass: 'germline', changeTypes: SIMPLE })] });
  const heterozygous = { genotype: '0/1', allelicState: 'heterozygous' } as const;
  const row = (
    rsid: string,
    letters: string,
    drug: readonly [code: string, display: string],
    more: { readonly variants?: readonly string[]; readonly site?: Omit<SiteGenotype, 'rsid'> },
  ): TxRow => ({
    ...{ kind: 'tx', ...(more.variants && { variants: more.variants }), site: { rsid, ...more.site } },
    genotypes: [{ system: 'https://www.pharmgkb.org', code: `${rsid} ${letters}`, display: `${rsid} ${letters}` }],
    treatments: [{ system: RXNORM, code: drug[0], display: drug[1] }],
    conditions: [],
    implication: { text: `Made-up text about the ${letters} genotype of ${rsid}` },
    evidence: {
      system: 'http://hl7.org/fhir/uv/genomics-reporting/CodeSystem/pharmgkb-evidence-level-custom-cs',
      code: rsid === 'rs0' ? '3' : '1A',
      text: `PharmGKB Level ${rsid === 'rs0' ? '3' : '1A'}`,
    },
    identifiers: [{ system: 'https://www.pharmgkb.org', value: `made-up ${rsid}` }],
    source: 'PharmGKB',
  });
  const [simvastatin, warfarin, rosuvastatin] = [
    ['36567', 'simvastatin'],
    ['11289', 'warfarin'],
    ['301542', 'rosuvastatin'],
  ] as const;
  const both = (rsid: string, variant: string, [ref, alt]: string, drug: readonly [string, string]) => [
    row(rsid, [ref, alt].toSorted().join(''), drug, { variants: [variant], site: { copies: 'heterozygous' } }),
    row(rsid, `${alt}${alt}`, drug, { variants: [variant], site: { copies: 'homozygous' } }),
  ];
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [test] }],
    variants: [
      simpleRow(test, ['12', 21178615, 'T', 'C'], heterozygous),
      simpleRow(test, ['16', 31096368, 'C', 'T'], heterozygous),
      simpleRow(test, ['4', 88131171, 'G', 'T']),
    ],
    knowledge: memoryKnowledge([
      {
        source: 'pharmgkb',
        release: '2026-01',
        rows: [
          ...both('rs4149056', 'NC_000012.12:21178614:T:C', 'TC', simvastatin),
          ...both('rs9923231', 'NC_000016.10:31096367:C:T', 'CT', warfarin),
          ...both('rs2231142', 'NC_000004.12:88131170:G:T', 'GT', rosuvastatin),
          row('rs0', 'AG', warfarin, {}),
        ],
      },
    ]),
  });
}

/**
 * A pharmacogene panel in GRCh38 with CYP2C19 *2 and *17 on opposite chromosomes, VKORC1 in two ways and NUDT15 *3 not
 * called; the genotypes of CYP2D6 and HLA-A that other laboratories reported, the latter as the guide has it; and a
 * tumor, which says nothing of what was inherited.
 */
function pharmacogenes(): Ports {
  const panel = testOf('pgx-panel', 'GRCh38', {
    inputs: [inputOf({ sourceClass: 'germline', changeTypes: SIMPLE, studiedRegions: true })],
    samples: [{ input: 0, sample: 'S', specimen: 'blood1' }],
  });
  const somatic = testOf('tumor', 'GRCh38', {
    testDate: '2021-02-01',
    inputs: [inputOf({ sourceClass: 'somatic', changeTypes: SIMPLE })],
  });
  const { study, samples } = testOf('typing', 'GRCh38', {
    testDate: '2023-07-01',
    inputs: [inputOf({ sourceClass: 'germline' })],
  });
  const { assembly: _, ...withoutSequence } = study;
  const typing = { study: withoutSequence, samples };
  const gene = (symbol: string) => ({ study: withoutSequence, input: 0, subject: 'HG00403', gene: { symbol } });
  const ambiguous = 'hla#3.33.0#HLA-A*02:69+HLA-A*23:30|HLA-A*02:302+HLA-A*23:26/HLA-A*23:39';
  const ports = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [panel, somatic, typing] }],
    variants: [
      simpleRow(panel, ['10', 94761900, 'C', 'T'], phased('1|0', 'a')),
      simpleRow(panel, ['10', 94775367, 'A', 'G'], phased('0|1', 'a')),
      simpleRow(panel, ['10', 94781859, 'G', 'A'], phased('0|1', 'a')),
      simpleRow(panel, ['10', 94842866, 'A', 'G'], { genotype: '1/1', allelicState: 'homozygous' }),
      simpleRow(panel, ['16', 31096368, 'C', 'T'], { genotype: '0/1', allelicState: 'heterozygous' }),
    ],
    regions: [
      { study: 'pgx-panel', input: 0, kind: 'studied', chromosome: '10', regions: [span(94759680, 94858547)] },
      { study: 'pgx-panel', input: 0, kind: 'studied', chromosome: '16', regions: [span(31087853, 31097797)] },
    ],
    genotypes: [
      {
        ...gene('CYP2D6'),
        coding: { system: 'http://www.pharmvar.org', code: 'CYP2D6_*1/*4', display: 'CYP2D6 *1/*4' },
        phenotype: 'Intermediate Metabolizer',
        activityScore: '1.0',
        candidates: 1,
      },
      {
        ...gene('HLA-A'),
        coding: { system: 'http://glstring.org', code: ambiguous, display: ambiguous },
        candidates: 1,
      },
    ],
  });
  return { ...ports, knowledge: async () => demoGenes() };
}

/**
 * Three tests of one subject on the gene of two-assemblies.ts. A panel in GRCh37 and an exome in GRCh38 state no
 * consequences; a tumour in GRCh38 was annotated by VEP, except for one allele.
 */
function consequences(reference: Reference = twoAssemblies(), more: readonly number[] = []): Ports {
  const germlineInput = inputOf({ sourceClass: 'germline', changeTypes: SIMPLE });
  const panel37 = testOf('panel', 'GRCh37', { inputs: [germlineInput] });
  const exome38 = testOf('exome', 'GRCh38', { inputs: [germlineInput], testDate: '2024-03-01' });
  const annotated = inputOf({
    ...{ sourceClass: 'somatic', changeTypes: SIMPLE, annotations: ['VEP 105'], name: 'tumour.vep.vcf.gz' },
  });
  const tumour38 = testOf('tumour', 'GRCh38', { inputs: [annotated], testDate: '2025-01-01' });
  const heterozygous = { genotype: '0/1', allelicState: 'heterozygous' } as const;
  const base = (offset: number): string => SEQUENCE[offset] as string;
  const changed = (offset: number): string => (base(offset) === 'T' ? 'G' : 'T');
  const snv = (test: ReturnType<typeof testOf>, offset: number) => {
    const start = START[test.study.assembly];
    return simpleRow(test, ['1', start + offset + 1, base(offset), changed(offset)], heterozygous);
  };
  const { offset, unit } = FEATURES.homopolymer;
  const deletion = simpleRow(
    exome38,
    ['1', START.GRCh38 + offset, `${base(offset - 1)}${unit}`, base(offset - 1)],
    heterozygous,
  );
  const [stated, silent] = [snv(tumour38, 500), snv(tumour38, 151)];
  const facts = { tool: 'VEP 105', gene: 'PLUS1', geneId: 'ENSG00000900001', biotype: 'protein_coding' };
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [panel37, exome38, tumour38] }],
    variants: [
      ...[60, 150, 170, 500].map((at) => snv(panel37, at)),
      ...[60, 150, 170, 500, ...more, 960].map((at) => snv(exome38, at)),
      deletion,
      stated,
      silent,
    ],
    consequences: [
      {
        variant: stated,
        stated: [
          {
            ...{ ...facts, transcript: 'ENST00000900001.2', consequences: ['SO:0001583', 'SO:0001630'] },
            ...{ unknownConsequences: ['novel_variant'], impact: 'MODERATE', protein: 'ENSP00000900001.1' },
            ...{ cHgvs: 'ENST00000900001.2:c.360A>T', pHgvs: 'ENSP00000900001.1:p.Lys120Asn' },
          },
          {
            ...{ ...facts, transcript: 'ENSR00000900001', consequences: ['SO:0001566'], unknownConsequences: [] },
            ...{ impact: 'MODIFIER', protein: undefined, cHgvs: undefined, pHgvs: undefined },
          },
        ],
      },
    ],
    reference,
  });
}

/**
 * The same, and what a lab knows: of a variant of all three tests, stated in GRCh37 only; of one beside the gene; and of one
 * that nobody carries.
 */
function knownConsequences(): Ports {
  const beside = 680;
  const reference = twoAssemblies();
  const spdi = (assembly: 'GRCh37' | 'GRCh38', offset: number): string => {
    const base = SEQUENCE[offset] as string;
    return `${ACCESSION[assembly]}:${START[assembly] + offset}:${base}:${base === 'T' ? 'G' : 'T'}`;
  };
  const row = (variant: string, facts: Partial<McRow>): McRow => ({
    ...{ kind: 'mc', variant, consequences: [], functionalEffects: [], identifiers: [], source: 'Made-up lab' },
    ...facts,
  });
  const rows = [
    row(spdi('GRCh37', 500), {
      ...{ consequences: ['SO:0001583'], functionalEffects: ['SO:0002053'], impact: 'HIGH' },
      ...{ transcript: 'NM_900001.1', cHgvs: 'NM_900001.1:c.360A>T', pHgvs: 'NP_900001.1:p.(Lys120Asn)' },
      ...{ proteinRefSeq: 'NP_900001.1', identifiers: [{ system: 'https://lab.example/functions', value: 'F1' }] },
    }),
    row(spdi('GRCh38', beside), { functionalEffects: ['SO:0002054', 'SO:0001541'] }),
    row(spdi('GRCh38', 690), { functionalEffects: ['SO:0002054'] }),
  ];
  const knowledge = memoryKnowledge([{ source: 'lab', release: '7', rows }], reference);
  return { ...consequences(reference, [beside]), knowledge: async () => knowledge };
}

const withoutTranscripts = (): Ports => consequences(twoAssemblies({ transcripts: false }));
const withoutBases = (): Ports => consequences(twoAssemblies({ windows: [] }));

/** Archives that golden requests name. */
export const EXAMPLE_ARCHIVES = {
  tumor,
  tumor37,
  panel,
  germline,
  structural,
  bothAssemblies,
  cohort,
  implications,
  singleVariants,
  pharmacogenes,
  consequences: () => consequences(),
  knownConsequences,
  withoutTranscripts,
  withoutBases,
} as const;
