import { InvalidInputError } from '../genomics/errors.ts';

// How the members of `GENOMICS_ISSUERS` are read. `where` is what error messages call the member.

export function fault(where: string, what: string): InvalidInputError {
  return new InvalidInputError(`${where} ${what}`);
}

/** @throws InvalidInputError */
export function objectOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw fault(where, 'has to be an object');
}

/** A list of texts, none empty. @throws InvalidInputError */
export function listOf(value: unknown, where: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  if (list.length > 0 && list.every((text): text is string => typeof text === 'string' && text !== '')) return list;
  throw fault(where, 'has to be a list of texts');
}

/** Refuses members that are not known: a misspelt restriction would be none. @throws InvalidInputError */
export function checkMembers(value: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw fault(where, `has a member ${unknown}, which is none of ${known.join(', ')}`);
}
