import { describe, expect, it } from 'vitest';
import { codedCondition, conditionCode } from '../../lib/knowledge/conditions.ts';
import {
  civicEvidence,
  civicImplication,
  civicSignificance,
  clinvarSignificance,
  clinvarStars,
  guidelineEvidence,
  pharmGkbEvidence,
  phenotypeAnswer,
} from '../../lib/knowledge/significance.ts';
import { KNOWLEDGE_SYSTEM } from '../../lib/knowledge/systems.ts';

describe('significance and evidence', () => {
  it.each([
    ['Pathogenic', 'LA6668-3'],
    ['Likely_pathogenic', 'LA26332-9'],
    ['Uncertain significance', 'LA26333-7'],
    ['Likely benign', 'LA26334-5'],
    ['Benign', 'LA6675-8'],
    ['Pathogenic/Likely_pathogenic', undefined],
    ['Conflicting_classifications_of_pathogenicity', undefined],
    ['drug_response', undefined],
    ['constructor', undefined],
  ])('ClinVar: %s', (text, code) => {
    expect(clinvarSignificance(text)).toMatchObject({ text: text.replaceAll('_', ' ') });
    expect(clinvarSignificance(text).code).toBe(code);
  });

  it.each([
    ['practice_guideline', 4],
    ['reviewed by expert panel', 3],
    ['criteria_provided,_multiple_submitters,_no_conflicts', 2],
    ['criteria provided, conflicting interpretations', 1],
    ['criteria_provided,_conflicting_classifications', 1],
    ['criteria provided, single submitter', 1],
    ['no assertion criteria provided', 0],
    ['no_classification_for_the_single_variant', 0],
    ['something new', undefined],
  ])('stars of %s', (status, stars) => {
    expect(clinvarStars(status)).toBe(stars);
  });

  it('CIViC: only supported evidence has an answer of LOINC', () => {
    expect(civicImplication('Supports', 'Sensitivity/Response').code).toBe('LA6677-4');
    expect(civicImplication('Supports', 'Resistance').code).toBe('LA6676-6');
    expect(civicImplication('Does Not Support', 'Resistance')).toEqual({ text: 'Does Not Support Resistance' });
    expect(civicImplication('Supports', 'Adverse Response').code).toBeUndefined();
    expect(civicSignificance('Supports', 'Pathogenic').code).toBe('LA6668-3');
    expect(civicSignificance('Does Not Support', 'Pathogenic').code).toBeUndefined();
    expect(civicEvidence('A')).toEqual({ text: 'A (Validated association)' });
  });

  it('levels of PharmGKB and CPIC, phenotypes', () => {
    expect(pharmGkbEvidence('2A')).toEqual({
      system: KNOWLEDGE_SYSTEM.pharmGkbLevel,
      code: '2A',
      text: 'PharmGKB Level 2A',
    });
    expect(pharmGkbEvidence('5')).toBeUndefined();
    expect(guidelineEvidence('CPIC', 'Strong')).toEqual({ text: 'CPIC Strong' });
    expect(guidelineEvidence('DPWG', 'N/A')).toBeUndefined();
    expect(phenotypeAnswer('Poor Metabolizer')).toBe('LA9657-3');
    expect(phenotypeAnswer('Likely Poor Metabolizer')).toBeUndefined();
  });
});

describe('conditions', () => {
  it.each([
    ['MedGen:C0027672', KNOWLEDGE_SYSTEM.medGen, 'C0027672'],
    ['OMIM:PS175100', KNOWLEDGE_SYSTEM.omim, 'PS175100'],
    ['MONDO:MONDO:0015356', KNOWLEDGE_SYSTEM.mondo, 'MONDO:0015356'],
    ['Orphanet:ORPHA319563', KNOWLEDGE_SYSTEM.orphanet, '319563'],
    ['Human_Phenotype_Ontology:HP:0001258', KNOWLEDGE_SYSTEM.hpo, 'HP:0001258'],
    ['Human Phenotype Ontology:HP:0005387', KNOWLEDGE_SYSTEM.hpo, 'HP:0005387'],
    ['SNOMED CT:51022005', KNOWLEDGE_SYSTEM.snomed, '51022005'],
    ['DOID:0060079', KNOWLEDGE_SYSTEM.diseaseOntology, 'DOID:0060079'],
  ])('%s', (reference, system, code) => {
    expect(conditionCode(reference)).toEqual({ system, code });
  });

  it.each(['.', 'Gene:553989', 'MedGen:', 'constructor:1'])('%s is no condition', (reference) => {
    expect(conditionCode(reference)).toBeUndefined();
  });

  it('words for no condition give none, whatever refers to them', () => {
    expect(codedCondition('not_provided', ['MedGen:C3661900'])).toEqual([]);
    expect(codedCondition('Lynch_syndrome', ['.'])).toEqual([{ display: 'Lynch syndrome' }]);
  });
});
