import { type Allele, trim } from '../genomics/allele.ts';
import type { Assembly, Chromosome } from '../genomics/assembly.ts';
import { type CalledCopies, copiesAt } from '../genomics/site-copies.ts';
import type { StatedVariant, StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import type { KnowledgeRow, SiteGenotype } from '../knowledge/rows.ts';
import { merged, nameOf } from './known-rows.ts';
import { type KnownVariant, knownVariants } from './known-variants.ts';
import type { Implied, KnowledgeStatement, Ports, Reference, Statements, SubjectView } from './ports.ts';
import { unsettles } from './star-allele-evidence.ts';
import { ofAssembly, withInputs } from './subject-view.ts';

/** A statement about the genotype of a dbSNP variant, and the rows of one input that are this genotype. */
export interface KnownSite {
  readonly statement: KnowledgeStatement;
  readonly rows: readonly StoredVariant[];
}

/** A row whose test gives no genotype that statements about dbSNP variants could be compared with. */
export interface OpenSite {
  readonly rsids: readonly string[];
  readonly row: StoredVariant;
}

export interface KnownSites {
  readonly known: readonly KnownSite[];
  readonly open: readonly OpenSite[];
}

/** What a statement asks of the genotype of a dbSNP variant in an assembly; undefined for others. */
export function siteIn(
  assembly: Assembly,
  { row }: KnowledgeStatement<KnowledgeRow['kind']>,
): SiteGenotype | undefined {
  const site = row.kind === 'tx' ? row.site : undefined;
  return (site?.only ?? assembly) === assembly ? site : undefined;
}

/** Whether a statement is about a genotype as a whole: that a variant is carried does not make it hold. */
export const isOfSite = ({ row }: KnowledgeStatement<KnowledgeRow['kind']>): boolean =>
  row.kind === 'tx' && row.site !== undefined;

/**
 * The statements about genotypes of dbSNP variants that hold for a subject, by all that each germline input states at the
 * place. A genotype is what was asked when one of the asked rows is part of it.
 *
 * @param asked rows of one assembly, each with the statements that are about its variant
 * @throws UnavailableError; CannotAnswerError as {@link knownVariants}
 */
export async function knownSites(
  view: SubjectView,
  assembly: Assembly,
  asked: readonly KnownVariant<StoredVariant, Implied>[],
  statements: Statements,
  reference: Reference,
  ports: Pick<Ports, 'variants'>,
): Promise<KnownSites> {
  const about = asked.flatMap(({ row, statements: told }) => {
    const own = told.flatMap((statement) => {
      const site = siteIn(assembly, statement);
      return site === undefined ? [] : [{ statement, site }];
    });
    return own.length === 0 ? [] : [{ row, own }];
  });
  if (about.length === 0) return { known: [], open: [] };
  const germline = withInputs(ofAssembly(view, assembly), ({ sourceClass }) => sourceClass === 'germline');
  const { calledWith, rows } = await callsAt(
    germline,
    about.map(({ row }) => row),
    ports,
  );
  const isKnown = await statementsOfRows(rows, assembly, statements, reference);
  const known: KnownSite[] = [];
  const open: OpenSite[] = [];
  for (const { row, own } of about) {
    const called = calledWith(row);
    if (called === undefined) {
      open.push({ rsids: [...new Set(own.map(({ site }) => site.rsid))], row });
      continue;
    }
    for (const { statement, site } of own) {
      if (holds(site, statement.key, called, isKnown)) known.push({ statement, rows: called.rows });
    }
  }
  return { known, open };
}

/** Whether a statement, by its key, is about the variant of a row. */
type IsKnown<Row> = (row: Row, key: string) => boolean;

/**
 * Compares the rows that exchange one base with the statements once; no other can be what a site is about.
 *
 * @throws as {@link knownVariants}
 */
export async function statementsOfRows<Row extends StatedVariant>(
  rows: readonly Row[],
  assembly: Assembly,
  statements: Statements,
  reference: Reference,
): Promise<IsKnown<Row>> {
  const exchanges = rows.filter((row) => {
    const { deleted, inserted } = baseOf(row);
    return deleted.length === 1 && inserted.length === 1;
  });
  const told = await knownVariants(exchanges, assembly, statements, reference);
  const keysOf = new Map(told.map((one) => [one.row, new Set(one.statements.map(({ key }) => key))]));
  return (row, key) => keysOf.get(row)?.has(key) ?? false;
}

/** Whether the called copies are the genotype of a statement. */
export function holds<Row>(
  { copies }: SiteGenotype,
  key: string,
  called: CalledCopies<Row>,
  isKnown: IsKnown<Row>,
): boolean {
  return copies === called.copies && called.rows.every((row) => isKnown(row, key));
}

/** The change that a row states, with its chromosome. */
export function baseOf({
  chromosome,
  reportedStart0,
  ref,
  alt,
}: StatedVariant): Allele & { readonly chromosome: Chromosome } {
  return { chromosome, ...trim(reportedStart0, ref.toUpperCase(), alt.toUpperCase()) };
}

/** What inputs call at the places of some rows, each from all that it states there. */
async function callsAt(
  view: SubjectView,
  asked: readonly StoredVariant[],
  { variants }: Pick<Ports, 'variants'>,
): Promise<{
  readonly rows: readonly StoredVariant[];
  /** The copies of which the row is one; undefined where they are not known. */
  calledWith(row: StoredVariant): CalledCopies<StoredVariant> | undefined;
}> {
  const questions = merged(asked);
  const near = new Map<string, StoredVariant[]>();
  for await (const batch of variants.simple(view, questions)) {
    for (const { row } of batch) {
      const before = near.get(sourceOf(row));
      if (before === undefined) near.set(sourceOf(row), [row]);
      else before.push(row);
    }
  }
  const changes: StoredStructuralVariant[] = [];
  for await (const batch of variants.structural(view, questions, 'intersecting')) {
    for (const { row } of batch) changes.push(row);
  }
  return {
    rows: [...near.values()].flat(),
    calledWith(row) {
      const { chromosome } = row;
      if (changes.some((one) => one.chromosome === chromosome && unsettles(one, row))) return undefined;
      const called = copiesAt(baseOf(row), near.get(sourceOf(row)) ?? []);
      return called?.rows.some((one) => nameOf(one) === nameOf(row)) ? called : undefined;
    },
  };
}

const sourceOf = ({ study, input, chromosome }: StoredVariant): string => JSON.stringify([study.id, input, chromosome]);
