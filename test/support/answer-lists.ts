/** A value set that can be listed here: codes of one system, or all codes of a system. */
interface AnswerList {
  readonly system: string;
  readonly codes?: readonly string[];
}

const LOINC = 'http://loinc.org';

/**
 * Value sets that the profiles bind findings to. LOINC's lists are in no npm package; these codes are from the lists'
 * pages (https://loinc.org/LL1971-2/ and so on), each with a valid check digit.
 */
export const ANSWER_LISTS: Readonly<Record<string, AnswerList>> = {
  'http://loinc.org/vs/LL1971-2': { system: LOINC, codes: ['LA9633-4', 'LA9634-2', 'LA18198-4', 'LA11884-6'] },
  'http://loinc.org/vs/LL381-5': {
    system: LOINC,
    codes: ['LA6703-8', 'LA6704-6', 'LA6705-3', 'LA6706-1', 'LA6707-9'],
  },
  'http://loinc.org/vs/LL378-1': {
    system: LOINC,
    codes: [...['LA6683-2', 'LA6684-0', 'LA10429-1', 'LA18194-3', 'LA18195-0', 'LA18196-8', 'LA18197-6', 'LA26807-0']],
  },
  'http://loinc.org/vs/LL1040-6': {
    system: LOINC,
    codes: ['LA14032-9', 'LA14031-1', 'LA14030-3', 'LA14029-5', 'LA26806-2'],
  },
  'http://loinc.org/vs/LL5323-2': { system: LOINC, codes: ['LA30100-4', 'LA30101-2', 'LA30102-0'] },
  'http://loinc.org/vs/LL2938-0': {
    system: LOINC,
    codes: Array.from({ length: 24 }, (_, place) => withCheckDigit(21_254 + place)),
  },
  'http://hl7.org/fhir/ValueSet/observation-status': {
    system: 'http://hl7.org/fhir/observation-status',
    codes: ['registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'entered-in-error', 'unknown'],
  },
  'http://hl7.org/fhir/uv/genomics-reporting/ValueSet/sequence-phase-relationship-vs': {
    system: 'http://terminology.hl7.org/CodeSystem/sequence-phase-relationship-cs',
    codes: ['Cis', 'Trans', 'Indeterminate', 'Unknown'],
  },
  'http://hl7.org/fhir/uv/genomics-reporting/ValueSet/hgvs-vs': { system: 'http://varnomen.hgvs.org' },
  'http://hl7.org/fhir/uv/genomics-reporting/ValueSet/variant-confidence-status-vs': {
    system: 'http://terminology.hl7.org/CodeSystem/variant-confidence-status-cs',
    codes: ['high', 'intermediate', 'low'],
  },
};

/** LOINC's check digit for LA and five digits: Luhn's, moved by 2 for the letters (as LA21254-0 and LA30100-4 show). */
function withCheckDigit(number: number): string {
  let sum = 0;
  [...String(number)].reverse().forEach((digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return `LA${number}-${(12 - (sum % 10)) % 10}`;
}
