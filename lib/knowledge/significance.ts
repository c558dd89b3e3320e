import type { Statement } from './rows.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';

/** LOINC answer list LL4034-6 (of 53037-8) by the classification's words; everything else is text only. */
const CLASSIFICATION = new Map<string, string>(
  Object.entries({
    pathogenic: 'LA6668-3',
    'likely pathogenic': 'LA26332-9',
    'uncertain significance': 'LA26333-7',
    'likely benign': 'LA26334-5',
    benign: 'LA6675-8',
  }),
);

/** A ClinVar classification, `_` read as space. `Pathogenic/Likely pathogenic` and the like have no LOINC answer. */
export function clinvarSignificance(text: string): Statement {
  const words = text.replaceAll('_', ' ').trim();
  return withCode(words, CLASSIFICATION.get(words.toLowerCase()));
}

/** Stars by review status, in the words of every generation of ClinVar's files. */
const STARS = new Map<string, 0 | 1 | 2 | 3 | 4>(
  Object.entries({
    'practice guideline': 4,
    'reviewed by expert panel': 3,
    'criteria provided, multiple submitters, no conflicts': 2,
    'criteria provided, multiple submitters': 2,
    'criteria provided, conflicting interpretations': 1,
    'criteria provided, conflicting classifications': 1,
    'criteria provided, single submitter': 1,
    'no assertion criteria provided': 0,
    'no assertion provided': 0,
    'no assertion for the individual variant': 0,
    'no interpretation for the single variant': 0,
    'no interpretation for the individual variant': 0,
    'no classification provided': 0,
    'no classification for the single variant': 0,
    'no classification for the individual variant': 0,
    'no classifications from unflagged records': 0,
    'flagged submission': 0,
  }),
);

/**
 * Stars of a review status (`_` read as space); undefined for words ClinVar does not use.
 *
 * @see https://www.ncbi.nlm.nih.gov/clinvar/docs/review_status/
 */
export function clinvarStars(reviewStatus: string): 0 | 1 | 2 | 3 | 4 | undefined {
  return STARS.get(reviewStatus.replaceAll('_', ' ').trim().toLowerCase());
}

/** The Implementation Guide's code for the stars of a review status, with the status as text. */
export function clinvarEvidence(reviewStatus: string): Statement {
  const text = reviewStatus.replaceAll('_', ' ').trim();
  const stars = clinvarStars(text);
  if (stars === undefined) return { text };
  return { system: KNOWLEDGE_SYSTEM.clinVarStars, code: stars === 0 ? 'no-star' : `${stars}-star`, text };
}

/** CIViC's levels: https://civic.readthedocs.io/en/latest/model/evidence/level.html */
const CIVIC_LEVEL = new Map<string, string>(
  Object.entries({
    A: 'Validated association',
    B: 'Clinical evidence',
    C: 'Case study',
    D: 'Preclinical evidence',
    E: 'Inferential association',
  }),
);

/** `B (Clinical evidence)`; the guide has no code system for it. */
export function civicEvidence(level: string): Statement {
  const meaning = CIVIC_LEVEL.get(level);
  return { text: meaning === undefined ? level : `${level} (${meaning})` };
}

/** LOINC answers by what supported evidence says of a treatment. */
const CIVIC_RESPONSE = new Map<string, string>(
  Object.entries({
    'sensitivity/response': 'LA6677-4',
    resistance: 'LA6676-6',
  }),
);

/** `Supports Sensitivity/Response` is Responsive; evidence against something says nothing that LOINC has an answer for. */
export function civicImplication(direction: string, significance: string): Statement {
  const supports = direction === 'Supports';
  return withCode(
    `${direction} ${significance}`,
    supports ? CIVIC_RESPONSE.get(significance.toLowerCase()) : undefined,
  );
}

/** CIViC's classification of a predisposing variant; a diagnostic or prognostic one is text only. */
export function civicSignificance(direction: string, significance: string): Statement {
  const code = direction === 'Supports' ? CLASSIFICATION.get(significance.toLowerCase()) : undefined;
  return withCode(`${direction} ${significance}`, code);
}

/** Sequence Ontology terms of CIViC's functional evidence. */
const CIVIC_FUNCTION = new Map<string, string>(
  Object.entries({
    'gain of function': 'SO:0002053',
    'loss of function': 'SO:0002054',
    'dominant negative': 'SO:0002052',
  }),
);

/** The term of a supported effect on a function; undefined for what is refuted or has no term. */
export function civicFunction(direction: string, significance: string): string | undefined {
  return direction === 'Supports' ? CIVIC_FUNCTION.get(significance.toLowerCase()) : undefined;
}

const PHARMGKB_LEVELS: ReadonlySet<string> = new Set(['1A', '1B', '2A', '2B', '3', '4']);

/** PharmGKB's level of evidence; undefined for text that is none. */
export function pharmGkbEvidence(level: string): Statement | undefined {
  if (!PHARMGKB_LEVELS.has(level)) return undefined;
  return { system: KNOWLEDGE_SYSTEM.pharmGkbLevel, code: level, text: `PharmGKB Level ${level}` };
}

/** CPIC's strength of a recommendation (`Strong`, `Moderate`, `Optional`, `No Recommendation`): no code system. */
export function guidelineEvidence(source: string, strength: string | undefined): Statement | undefined {
  return strength === undefined || /^n\/?a$/i.test(strength) ? undefined : { text: `${source} ${strength}` };
}

/** LOINC answers of the guide's therapeutic implications, by the words of CPIC and DPWG. */
const PHENOTYPE = new Map<string, string>(
  Object.entries({
    'ultrarapid metabolizer': 'LA10315-2',
    'rapid metabolizer': 'LA25390-8',
    'normal metabolizer': 'LA25391-6',
    'intermediate metabolizer': 'LA10317-8',
    'poor metabolizer': 'LA9657-3',
    'increased function': 'LA25392-4',
    'normal function': 'LA25393-2',
    'decreased function': 'LA25395-7',
    'poor function': 'LA25394-0',
  }),
);

/** LOINC's answer for a phenotype such as `Poor Metabolizer`; undefined when it has none (`Likely Poor Metabolizer`). */
export function phenotypeAnswer(phenotype: string): string | undefined {
  return PHENOTYPE.get(phenotype.trim().toLowerCase());
}

/** A statement with LOINC's answer where there is one. */
export function withCode(text: string, code: string | undefined): Statement {
  return code === undefined ? { text } : { system: KNOWLEDGE_SYSTEM.loinc, code, text };
}
