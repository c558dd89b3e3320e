import type { ParametersParameter } from '@medplum/fhirtypes';
import type { MissingGenotype } from '../genomics/genotype-finding.ts';
import { starAlleleCall } from './star-allele-call.ts';

const REASONS = {
  undetermined: 'positions that decide were not called',
  unmatched: 'no two named alleles explain what was called',
  'not-tested': 'no test looked at its positions',
  'not-defined': 'no definition of its alleles is loaded',
  'not-called': 'it is not called here, and no genotype was imported',
} as const satisfies Record<MissingGenotype['outcome'], string>;

/** What an answer about implications does not say, though it may concern the question. */
export interface LeftOut {
  /** Genes that decide and have no genotype. */
  readonly genes: readonly MissingGenotype[];
  /** dbSNP variants that a test found and gives no genotype of. */
  readonly sites: readonly { readonly testId: string; readonly rsids: readonly string[] }[];
  /** Items of knowledge that can't be compared with variants, by release and level. */
  readonly unjoined: readonly {
    readonly source: string;
    readonly release: string;
    readonly level?: string;
    readonly items: number;
  }[];
}

/**
 * A parameter beside the implications of an answer: what it does not say, and why. The Implementation Guide has none for
 * it, and an answer without it would look as if nothing were to be said. None when nothing is left out.
 */
export function leftOut({ genes, sites, unjoined }: LeftOut): readonly ParametersParameter[] {
  const diagnostics = [
    ...genes.map(
      ({ gene, testId, outcome }) =>
        `${gene}: no genotype${testId === undefined ? '' : ` from test ${testId}`}, as ${REASONS[outcome]}. What depends on it is not in this answer.`,
    ),
    ...[...Map.groupBy(sites, ({ testId }) => testId)].map(
      ([testId, own]) =>
        `${[...new Set(own.flatMap(({ rsids }) => rsids))].toSorted().join(', ')}: no germline genotype from test ${testId} that says what each copy is. What depends on it is not in this answer.`,
    ),
    ...[...Map.groupBy(unjoined, ({ source, release }) => `${source} ${release}`)].map(
      ([name, own]) =>
        `${name}: ${levels(own)} on genotypes of single variants can't be compared with the subject's variants, as place or alleles are not known, and may concern what was asked. What they say is not in this answer.`,
    ),
  ];
  if (diagnostics.length === 0) return [];
  return [
    {
      name: 'outcome',
      ...(genes.length === 0 ? {} : { extension: genes.map(starAlleleCall) }),
      resource: {
        resourceType: 'OperationOutcome',
        issue: diagnostics.map((text) => ({ severity: 'warning', code: 'incomplete', diagnostics: text })),
      },
    },
  ];
}

/** `5 items (level 1A: 2, level 3: 3)`. */
function levels(unjoined: LeftOut['unjoined']): string {
  const all = unjoined.reduce((sum, { items }) => sum + items, 0);
  const each = unjoined.map(({ level, items }) => `${level === undefined ? 'no level' : `level ${level}`}: ${items}`);
  return `${all} ${all === 1 ? 'item' : 'items'} (${each.toSorted().join(', ')})`;
}
