import { parseScope } from '../auth/scopes.ts';

const WORDS: Readonly<Record<string, string>> = {
  openid: 'know who you are',
  fhirUser: 'know who you are',
  launch: 'open the record that the EHR has open',
  'launch/patient': 'open one record, which you choose',
  online_access: 'keep its access while you are signed in',
  offline_access: 'keep its access when you have left',
};

const WHOSE: Readonly<Record<string, string>> = {
  patient: 'of the open record',
  user: 'of everyone you may see, and count people by it',
};

/** What scopes let an app do, each thing said once. */
export function inWords(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.map(words))];
}

/** A wildcard takes in genetics, now and later: it is named, because it is what nobody expects of "everything". */
function words(scope: string): string {
  const known = WORDS[scope];
  if (known !== undefined) return known;
  const { context = '', resource: type = scope } = parseScope(scope) ?? {};
  const what =
    type === '*'
      ? 'everything, genetics included,'
      : type === 'Observation'
        ? 'genetic findings (Observation)'
        : `${type} resources`;
  return `read ${what} ${WHOSE[context] ?? ''} (${scope})`;
}
