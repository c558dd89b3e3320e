import { type Allele, trim } from '../genomics/allele.ts';
import { type Assembly, sequenceOf } from '../genomics/assembly.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import type { Interval } from '../genomics/interval.ts';
import { slides } from '../genomics/normalise.ts';
import { mayBeSameEvent, sameEvent } from '../genomics/same-event.ts';
import type { StatedVariant } from '../genomics/variant.ts';
import type { KnowledgeRow } from '../knowledge/rows.ts';
import { contextOf } from './named-variants.ts';
import {
  type AllelePlace,
  type KnowledgeAllele,
  type KnowledgeStatement,
  type Reference,
  type Statements,
  UNSETTLED_REACH,
} from './ports.ts';

/** A row and the statements about the change that it is. */
export interface KnownVariant<Row, Kind extends KnowledgeRow['kind']> {
  readonly row: Row;
  readonly statements: readonly KnowledgeStatement<Kind>[];
}

/** A row with its allele as it is compared. */
interface Compared<Row = StatedVariant> {
  readonly row: Row;
  readonly allele: Allele;
  readonly context: Interval | undefined;
}

/**
 * The rows that statements are about, in the order of the rows, each with its statements by source.
 *
 * @param rows of one assembly
 * @throws CannotAnswerError when only the reference sequence could tell whether a row is the change of a statement
 */
export async function knownVariants<Row extends StatedVariant, Kind extends KnowledgeRow['kind']>(
  rows: readonly Row[],
  assembly: Assembly,
  statements: Statements<Kind>,
  reference: Reference,
): Promise<readonly KnownVariant<Row, Kind>[]> {
  const compared = await Promise.all(rows.map((row) => comparedRow(row, assembly, reference)));
  const alleles = await statements.at(assembly, compared.map(placeOf));
  const near = nearby(alleles);
  const matched = compared.map((one) => ({ row: one.row, keys: keysOf(one, assembly, near(one)) }));
  const told = matched.filter(({ keys }) => keys.size > 0);
  const read = await statements.read(new Set(told.flatMap(({ keys }) => [...keys])));
  const order = new Map([...read.keys()].map((key, place) => [key, place]));
  const placeIn = (key: string): number => order.get(key) ?? 0;
  return told.map(({ row, keys }) => ({
    row,
    statements: [...keys].toSorted((a, b) => placeIn(a) - placeIn(b)).map((key) => statementAt(read, key)),
  }));
}

function statementAt<Statement>(read: ReadonlyMap<string, Statement>, key: string): Statement {
  const found = read.get(key);
  if (found === undefined) throw new Error('a statement was not read');
  return found;
}

async function comparedRow<Row extends StatedVariant>(
  row: Row,
  assembly: Assembly,
  { sequences }: Reference,
): Promise<Compared<Row>> {
  const allele = trim(row.reportedStart0, row.ref.toUpperCase(), row.alt.toUpperCase());
  if (!slides(allele)) return { row, allele, context: undefined };
  const accession = sequenceOf(assembly, row.chromosome)?.accession ?? '';
  return { row, allele, context: row.normalised ?? (await contextOf(accession, row, allele, sequences)) };
}

function placeOf({ row, allele, context }: Compared): AllelePlace {
  const { start0, end0 } = allele;
  return { chromosome: row.chromosome, start0, end0, slides: slides(allele), ...(context && { context }) };
}

/** Alleles by where they start when justified; those whose interval is not known stand apart, as they may lie elsewhere. */
function nearby(alleles: readonly KnowledgeAllele[]): (one: Compared) => readonly KnowledgeAllele[] {
  const byStart = Map.groupBy(alleles, (one) => `${one.chromosome}:${one.context?.start0 ?? one.start0}`);
  const apart = alleles.filter((one) => one.slides && one.context === undefined);
  const sliding = alleles.filter((one) => one.slides);
  return ({ row, allele, context }) => {
    const at = byStart.get(`${row.chromosome}:${context?.start0 ?? allele.start0}`) ?? [];
    if (!slides(allele)) return at;
    // A row whose own interval is not known may be stated anywhere in that of a statement.
    return [...at, ...(context === undefined ? sliding : apart).filter((one) => one.chromosome === row.chromosome)];
  };
}

function keysOf(one: Compared, assembly: Assembly, alleles: readonly KnowledgeAllele[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const known of alleles) if (isSame(one, assembly, known)) keys.add(known.statement);
  return keys;
}

function isSame({ row, allele, context }: Compared, assembly: Assembly, known: KnowledgeAllele): boolean {
  if (sameEvent(known, known.context, allele) || sameEvent(allele, context, known)) return true;
  if (known.context !== undefined || context !== undefined || !mayBeSameEvent(allele, known, UNSETTLED_REACH)) {
    return false;
  }
  const accession = sequenceOf(assembly, row.chromosome)?.accession ?? row.chromosome;
  throw new CannotAnswerError(
    `whether an insertion or deletion of the subject on ${accession} is one that is known needs the reference sequence, which is not loaded; add it with 'genomics reference add --fasta FILE'`,
  );
}
