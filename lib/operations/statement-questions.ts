import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { CannotAnswerError, InvalidInputError } from '../genomics/errors.ts';
import type { KnowledgeRow } from '../knowledge/rows.ts';
import type { Implied, Knowledge, StatementFilter, Token } from './ports.ts';
import { splitToken } from './subject-view.ts';

/** The conditions and treatments of a request. @throws InvalidInputError naming the parameter of an empty token */
export function statementFilter(input: {
  readonly conditions?: readonly string[] | undefined;
  readonly treatments?: readonly string[] | undefined;
}): StatementFilter {
  const { conditions = [], treatments = [] } = input;
  return {
    ...(conditions.length === 0 ? {} : { conditions: conditions.map((text) => tokenOf(text, 'conditions')) }),
    ...(treatments.length === 0 ? {} : { treatments: treatments.map((text) => tokenOf(text, 'treatments')) }),
  };
}

/** A token with its system, if it has one. @throws InvalidInputError naming the parameter when there is no code in it */
export function tokenOf(text: string, expression: string): Token {
  const { system, code } = splitToken(text.trim());
  // FHIR writes a code without a system as `|code`.
  const bare = system === undefined ? code.replace(/^\|/, '') : code;
  if (bare.trim() === '') throw new InvalidInputError(`'${text}' has no code`, expression);
  return system === undefined ? { code: bare } : { system, code: bare };
}

/**
 * Refuses what no loaded knowledge could answer: an empty answer would look as if nothing were known of the subject.
 *
 * @throws CannotAnswerError naming the command to run
 */
export function checkKnown({ releases }: Knowledge, kind: Implied): void {
  if (releases.some(({ statements }) => statements[kind] > 0)) return;
  const what = kind === 'dx' ? 'diagnoses' : 'treatments';
  throw new CannotAnswerError(`no knowledge about ${what} is loaded; import some with 'genomics knowledge import'`);
}

/**
 * Refuses assemblies in which statements have no place only because no chains were loaded when they were imported.
 *
 * @throws CannotAnswerError naming the release
 */
export function checkCarried({ releases }: Knowledge, kind: KnowledgeRow['kind'], needed: readonly Assembly[]): void {
  for (const assembly of ASSEMBLIES) {
    if (!needed.includes(assembly)) continue;
    const lacking = releases.find((one) => one.statements[kind] > 0 && (one.uncarried[assembly] ?? 0) > 0);
    if (lacking === undefined) continue;
    throw new CannotAnswerError(
      `the subject has results in ${assembly}, and ${lacking.source} ${lacking.release} was imported without chains that lead there; load them with 'genomics reference add --chain FILE' and import the release again`,
    );
  }
}
