import { describe, expect, it } from 'vitest';
import { parseBcsq } from '../../../lib/genomics/consequence/bcsq.ts';
import { csqFields, parseCsq } from '../../../lib/genomics/consequence/csq.ts';
import { effFields, parseAnn, parseEff } from '../../../lib/genomics/consequence/snpeff.ts';
import { vepAlleles, vepAltNumber } from '../../../lib/genomics/consequence/vep-allele.ts';

describe('alleles as VEP writes them', () => {
  it.each([
    ['C', ['T'], ['T']],
    ['AC', ['GT'], ['GT']],
    ['AAGGT', ['A'], ['-']],
    ['A', ['AG'], ['G']],
    ['A', ['AG', 'ATT'], ['G', 'TT']],
    ['A', ['AG', 'T'], ['AG', 'T']],
    ['AG', ['A', '*'], ['-', '*']],
    ['N', ['<DEL>', '<DUP>'], ['deletion', 'duplication']],
  ])('%s to %j is %j', (ref, alts, expected) => {
    expect(vepAlleles(ref, alts)).toEqual(expected);
    expect(alts.map((_, i) => vepAltNumber(ref, alts, expected[i] as string))).toEqual(alts.map((_, i) => i + 1));
  });

  it('a minimised allele is found by its own difference', () => {
    expect(vepAltNumber('CAG', ['TAG', 'CAGAG'], 'T')).toBe(1);
    expect(vepAltNumber('CAG', ['TAG', 'CAGAG'], 'AG')).toBe(2);
  });

  it('ALLELE_NUM decides between equal texts, unless it counts the alleles of an unsplit record', () => {
    expect(vepAltNumber('CAG', ['TAG', 'C', 'CA'], '-')).toBeUndefined();
    expect(vepAltNumber('CAG', ['TAG', 'C', 'CA'], '-', 3)).toBe(3);
    expect(vepAltNumber('C', ['T'], 'T', 2)).toBe(1);
    expect(vepAltNumber('C', ['T', 'G'], 'T', 2)).toBe(1);
  });

  it('is undefined for an allele the record does not have', () => {
    expect(vepAltNumber('C', ['T'], 'G')).toBeUndefined();
  });
});

describe('parsing one value', () => {
  const fields = csqFields(
    'Consequence annotations from Ensembl VEP. Format: Allele|Consequence|IMPACT|SYMBOL|Feature|HGVSc|HGVSp|ENSP',
  );

  it('CSQ: HGVS on its accession, percent signs undone, unknown words kept', () => {
    const [one] = parseCsq(
      fields ?? [],
      'T|synonymous_variant&new_word|LOW|OR4F16|ENST1.5|c.570C>T|p.Thr190%3D|ENSP1.2',
      'C',
      ['T'],
    );
    expect(one).toEqual({
      allele: 'T',
      altNumber: 1,
      gene: 'OR4F16',
      geneId: undefined,
      transcript: 'ENST1.5',
      biotype: undefined,
      consequences: ['SO:0001819'],
      unknownConsequences: ['new_word'],
      impact: 'LOW',
      cHgvs: 'ENST1.5:c.570C>T',
      pHgvs: 'ENSP1.2:p.Thr190=',
      protein: 'ENSP1.2',
    });
  });

  it('CSQ: a silent change of an older release is a change of the protein', () => {
    const [one] = parseCsq(
      fields ?? [],
      'T|synonymous_variant|LOW||ENST2.5|ENST2.5:c.105C>T|ENST2.5:c.105C>T(p.%3D)|ENSP2',
      'C',
      ['T'],
    );
    expect(one?.pHgvs).toBe('ENSP2:p.=');
  });

  it('a description without the list of fields is no VEP annotation', () => {
    expect(csqFields('Consequence')).toBeUndefined();
  });

  it('ANN: tumour against germline is about the derived allele', () => {
    const ann =
      'G-C|missense_variant|MODERATE|BRAF|HGNC:1097|transcript|NM_004333.4|protein_coding|15/18|c.1799T>A|p.Val600Glu|||||';
    const [one] = parseAnn(ann, ['C', 'G']);
    expect(one).toMatchObject({
      altNumber: 2,
      transcript: 'NM_004333.4',
      cHgvs: 'NM_004333.4:c.1799T>A',
      pHgvs: 'p.Val600Glu',
    });
  });

  it('EFF: both generations of fields', () => {
    const old = effFields(
      "'Effect ( Effect_Impact | Functional_Class | Codon_Change | Amino_Acid_change | Gene_Name | Gene_BioType | Coding | Transcript | Exon [ | ERRORS | WARNINGS ] )'",
    );
    const [first] = parseEff(
      old ?? [],
      'NON_SYNONYMOUS_CODING(MODERATE|MISSENSE|cGg/cAg|R28Q|SAMD11|protein_coding|CODING|ENST00000342066|exon_1)',
      ['A'],
    );
    expect(first).toMatchObject({
      altNumber: 1,
      gene: 'SAMD11',
      transcript: 'ENST00000342066',
      consequences: ['SO:0001583'],
      pHgvs: undefined,
    });
    const late = effFields(
      "'Effect ( Effect_Impact | Functional_Class | Codon_Change | Amino_Acid_Change| Amino_Acid_length | Gene_Name | Transcript_BioType | Gene_Coding | Transcript_ID | Exon_Rank  | Genotype_Number [ | ERRORS | WARNINGS ] )'",
    );
    const value =
      'splice_region_variant+intron_variant(LOW||||139|RNF4|protein_coding|CODING|NM_001.2|2|2),missense_variant(MODERATE|MISSENSE|gAt/gGt|p.Asp118Gly/c.353A>G|340|GNB1|protein_coding|CODING|NM_002.3|7|1)';
    const [splice, missense] = parseEff(late ?? [], value, ['A', 'G']);
    expect(splice).toMatchObject({ altNumber: 2, consequences: ['SO:0001630', 'SO:0001627'] });
    expect(missense).toMatchObject({ altNumber: 1, cHgvs: 'NM_002.3:c.353A>G', pHgvs: 'p.Asp118Gly' });
  });

  it('BCSQ: pointer, haplotype and what follows a stop', () => {
    const value = '@1455,*missense|G1|T1|protein_coding|+|2S>2R|1462C>A+1465G>T,intron|G1||protein_coding';
    const [pointer, joint, intron] = parseBcsq(value, 1465, ['A', 'T']);
    expect(pointer).toMatchObject({ seePosition: 1455, consequences: [], impact: undefined });
    expect(joint).toMatchObject({ afterStop: true, allele: 'T', altNumber: 2, consequences: ['SO:0001583'] });
    expect(intron).toMatchObject({ altNumber: undefined, transcript: undefined, consequences: ['SO:0001627'] });
  });
});
