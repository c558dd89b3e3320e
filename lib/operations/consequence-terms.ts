import { COMPUTED_TERMS } from '../genomics/consequence/predict.ts';
import { termNamed, termOf, withBroader, withNarrower } from '../genomics/consequence/terms.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { splitToken } from './subject-view.ts';

/** The terms of a request: each finds everything narrower, too. */
export interface AskedTerms {
  /** Codes that answer. */
  readonly codes: ReadonlySet<string>;
  /** Codes of terms that are broader than an asked one: where only such a one is known, an asked one may hold. */
  readonly broader: ReadonlySet<string>;
  /** A token of which nothing is ever computed, if there is one. */
  readonly stated: string | undefined;
}

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
  return {
    codes: all,
    broader: new Set([...all].flatMap((code) => [...withBroader(code)])),
    stated: closures.find(([, closure]) => COMPUTED_TERMS.isDisjointFrom(closure))?.[0],
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

/** Whether codes that are told answer the request; without terms, all do. */
export function answers(asked: AskedTerms | undefined, codes: readonly string[], undetermined = false): boolean {
  if (asked === undefined) return true;
  return codes.some((code) => asked.codes.has(code)) || (undetermined && codes.some((code) => asked.broader.has(code)));
}
