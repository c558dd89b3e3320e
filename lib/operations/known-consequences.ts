import type { ToldConsequence } from '../fhir/consequence.ts';
import { ASSEMBLIES } from '../genomics/assembly.ts';
import { impactNamed } from '../genomics/consequence/terms.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import { type AskedTerms, answers } from './consequence-terms.ts';
import { type AssemblyRows, gathered, liesIn, merged, nameOf, reachOf } from './known-rows.ts';
import { knownVariants } from './known-variants.ts';
import type { Knowledge, KnowledgeStatement, Ports, Reference, Statements, SubjectView } from './ports.ts';
import type { Placed } from './range-questions.ts';
import { ofAssembly } from './subject-view.ts';

/** Which rows a request about consequences means: those that were found as its variants, else those of its ranges. */
export interface ConsequenceQuestion {
  readonly rows?: readonly AssemblyRows[] | undefined;
  readonly ranges?: readonly Placed[] | undefined;
}

/** A row and what answers of it. */
export interface ToldVariant {
  readonly variant: StoredVariant;
  readonly consequences: readonly ToldConsequence[];
}

/** Whether any loaded statement is about consequences. */
export const tellsConsequences = ({ releases }: Knowledge): boolean =>
  releases.some(({ statements }) => statements.mc > 0);

/**
 * Refuses to find no effects on a function where nothing is loaded that could tell of one.
 *
 * @throws CannotAnswerError
 */
export function checkFunctions(knowledge: Knowledge, terms: AskedTerms | undefined): void {
  if (terms?.functional === undefined || tellsConsequences(knowledge)) return;
  throw new CannotAnswerError(
    `'${terms.functional}' is told by knowledge only, and none of what variants do is loaded; import some with 'genomics knowledge import table --kind mc'`,
    'featureConsequences',
  );
}

/**
 * What loaded statements say of the asked rows, by `nameOf` the row, in the order of assembly and place. Only rows that
 * lie where statements are about something are read.
 *
 * @throws CannotAnswerError when only the reference sequence could tell whether a row is the change of a statement
 */
export async function knownConsequences(
  view: SubjectView,
  question: ConsequenceQuestion,
  terms: AskedTerms | undefined,
  knowledge: Knowledge,
  ports: Ports,
  reference: Reference,
): Promise<ReadonlyMap<string, ToldVariant>> {
  const found = new Map<string, ToldVariant>();
  if (!tellsConsequences(knowledge)) return found;
  const statements = await knowledge.about('mc', {});
  for await (const { assembly, rows } of question.rows ?? rowsNear(view, question.ranges, statements, ports)) {
    for (const { row, statements: told } of await knownVariants(rows, assembly, statements, reference)) {
      const consequences = told.flatMap((one) => toldBy(one, terms));
      if (consequences.length > 0) found.set(nameOf(row), { variant: row, consequences });
    }
  }
  return found;
}

async function* rowsNear(
  view: SubjectView,
  ranges: readonly Placed[] | undefined,
  statements: Statements<'mc'>,
  ports: Ports,
): AsyncGenerator<AssemblyRows> {
  for (const assembly of ASSEMBLIES) {
    const own = ofAssembly(view, assembly);
    if (own.studies.length === 0) continue;
    const asked = ranges && merged(ranges.flatMap(({ places }) => places.get(assembly) ?? []));
    const alleles = asked ? await statements.within(assembly, asked) : await statements.everywhere(assembly);
    const questions = merged(alleles.map(reachOf));
    if (questions.length === 0) continue;
    for await (const batch of gathered(assembly, ports.variants.simple(own, questions))) {
      yield { assembly, rows: batch.rows.filter((row) => asked?.some((place) => liesIn(row, place)) ?? true) };
    }
  }
}

/** What a statement says that answers a request; as the guide has it, one functional effect in an Observation. */
export function toldBy(
  { source, release, row }: KnowledgeStatement<'mc'>,
  terms: AskedTerms | undefined,
): readonly ToldConsequence[] {
  const { consequences, functionalEffects, impact, transcript, cHgvs, pHgvs, proteinRefSeq, identifiers } = row;
  const told: ToldConsequence = {
    consequences,
    impact: impact === undefined ? undefined : impactNamed(impact),
    transcript,
    cHgvs,
    pHgvs,
    protein: proteinRefSeq,
    origin: { source, release, name: row.source, identifiers },
  };
  const all =
    functionalEffects.length === 0
      ? [told]
      : functionalEffects.map((functionalEffect) => ({ ...told, functionalEffect }));
  return all.filter((one) => answers(terms, codesOf(one)));
}

function codesOf({ consequences, functionalEffect }: ToldConsequence): readonly string[] {
  return functionalEffect === undefined ? consequences : [...consequences, functionalEffect];
}
