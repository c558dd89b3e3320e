import { COMPUTED_TERMS } from '../genomics/consequence/predict.ts';
import { FUNCTIONAL_EFFECT, termNamed, termOf, withNarrower } from '../genomics/consequence/terms.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { splitToken } from './subject-view.ts';

/** The terms of a request: each finds everything narrower, too. */
export interface AskedTerms {
  /** Codes that answer. */
  readonly codes: ReadonlySet<string>;
  /** Whether any of them is ever computed. */
  readonly computed: boolean;
  /** A token of which nothing is ever computed or known, only stated by files, if there is one. */
  readonly stated: string | undefined;
  /** A token for an effect on a function, which only knowledge tells, if there is one. */
  readonly functional: string | undefined;
}

const FUNCTIONAL = withNarrower(FUNCTIONAL_EFFECT);

const SEQUENCE_ONTOLOGY = /^https?:\/\/(www\.)?sequenceontology\.org\/?$/;

/**
 * Reads tokens of the Sequence Ontology: `system|code`, or a code or name alone, in any case then.
 *
 * @throws InvalidInputError naming `featureConsequences` for what is no term of a consequence that is known here: an
 * empty answer would look as if the subject had none
 */
export function askedTerms(tokens: readonly string[]): AskedTerms | undefined {
  if (tokens.length === 0) return undefined;
  const codes = tokens.map((token) => [token, codeOf(token.trim())] as const);
  const closures = codes.map(([token, code]) => [token, withNarrower(code)] as const);
  const all = new Set(closures.flatMap(([, closure]) => [...closure]));
  const apart = closures.filter(([, closure]) => COMPUTED_TERMS.isDisjointFrom(closure));
  const isFunctional = ([, closure]: (typeof closures)[number]): boolean => closure.isSubsetOf(FUNCTIONAL);
  return {
    codes: all,
    computed: apart.length < closures.length,
    stated: apart.find((one) => !isFunctional(one))?.[0],
    functional: apart.find(isFunctional)?.[0],
  };
}

function codeOf(token: string): string {
  const { system, code } = splitToken(token);
  const known = system === undefined ? (termOf(code.toUpperCase()) ?? termNamed(code)) : termOf(code);
  if (known !== undefined && (system === undefined || SEQUENCE_ONTOLOGY.test(system))) return known.code;
  throw new InvalidInputError(
    `'${token}' is no consequence that this server knows; write a term of the Sequence Ontology, such as missense_variant or http://www.sequenceontology.org|SO:0001583`,
    'featureConsequences',
  );
}

/**
 * Whether a consequence answers the request; without terms, every one does.
 *
 * @param possible codes of which one holds, too, and nobody can tell which
 */
export function answers(
  asked: AskedTerms | undefined,
  codes: readonly string[],
  possible: readonly string[] = [],
): boolean {
  return asked === undefined || [...codes, ...possible].some((code) => asked.codes.has(code));
}
