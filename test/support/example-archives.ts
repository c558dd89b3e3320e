import type { Ports } from '../../lib/operations/ports.ts';
import { inputOf, phased, simpleRow, span, structuralRow, testOf } from './archive-builder.ts';
import { demoGenes } from './gene-knowledge.ts';
import { memoryKnowledge } from './memory-knowledge.ts';
import { memoryPorts } from './memory-ports.ts';
import { FEATURES, SEQUENCE, START, twoAssemblies } from './two-assemblies.ts';

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

/** Archives that golden requests name. */
export const EXAMPLE_ARCHIVES = {
  tumor,
  tumor37,
  panel,
  germline,
  structural,
  bothAssemblies,
  pharmacogenes,
  implications,
} as const;
