import type { Coded } from './rows.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';

/** Databases as ClinVar and CIViC name them (lower case, `_` as space), their systems, and what their codes look like. */
const DATABASES = new Map<string, readonly [system: string, code: (id: string) => string]>(
  Object.entries({
    medgen: [KNOWLEDGE_SYSTEM.medGen, (id) => id],
    omim: [KNOWLEDGE_SYSTEM.omim, (id) => id],
    mondo: [KNOWLEDGE_SYSTEM.mondo, (id) => prefixed('MONDO', id)],
    orphanet: [KNOWLEDGE_SYSTEM.orphanet, (id) => id.replace(/^ORPHA:?/i, '')],
    'human phenotype ontology': [KNOWLEDGE_SYSTEM.hpo, (id) => prefixed('HP', id)],
    mesh: [KNOWLEDGE_SYSTEM.mesh, (id) => id],
    'snomed ct': [KNOWLEDGE_SYSTEM.snomed, (id) => id],
    doid: [KNOWLEDGE_SYSTEM.diseaseOntology, (id) => prefixed('DOID', id)],
  }),
);

const prefixed = (prefix: string, id: string): string => (id.startsWith(`${prefix}:`) ? id : `${prefix}:${id}`);

/**
 * A condition's code from a cross-reference such as `MONDO:MONDO:0012041`, `Orphanet:ORPHA238583` or `DOID:1909`.
 * Undefined for databases that hold no conditions (`Gene:...`), and for `.`.
 */
export function conditionCode(reference: string): { readonly system: string; readonly code: string } | undefined {
  const at = reference.indexOf(':');
  if (at < 0) return undefined;
  const known = DATABASES.get(reference.slice(0, at).replaceAll('_', ' ').trim().toLowerCase());
  const id = reference.slice(at + 1).trim();
  return known === undefined || id === '' ? undefined : { system: known[0], code: known[1](id) };
}

/** Words that ClinVar puts where no condition was stated. */
const NO_CONDITION = new Set(['', '.', '-', 'not provided', 'not specified', 'see cases', 'none provided']);

/** The codings of one condition, each with its name; only the name when nothing refers to it; none for `not provided`. */
export function codedCondition(name: string | undefined, references: readonly string[]): readonly Coded[] {
  const display = name?.replaceAll('_', ' ').trim();
  if (display !== undefined && NO_CONDITION.has(display.toLowerCase())) return [];
  const codes = references.flatMap((reference) => conditionCode(reference) ?? []);
  if (codes.length === 0) return display === undefined ? [] : [{ display }];
  return codes.map((code) => (display === undefined ? code : { ...code, display }));
}

/**
 * The conditions of a list of names and a list of cross-references, matched by place. Lists of different lengths can't
 * be matched: codes and names then stand for themselves.
 */
export function codedConditions(
  names: readonly string[],
  references: readonly (readonly string[])[],
): readonly Coded[] {
  if (names.length === references.length) {
    return names.flatMap((name, i) => codedCondition(name, references[i] ?? []));
  }
  return [
    ...references.flatMap((one) => codedCondition(undefined, one)),
    ...names.flatMap((name) => codedCondition(name, [])),
  ];
}
