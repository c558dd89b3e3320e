import type { Observation, ParametersParameter } from '@medplum/fhirtypes';
import { implication } from '../fhir/implication.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import { askedRows, type RowQuestion } from './known-rows.ts';
import { knownVariants } from './known-variants.ts';
import { simpleObservations } from './named-variants.ts';
import type { Ports, Reference, Statements, SubjectView } from './ports.ts';

/** Parameters that are given once: the same resource is never repeated in an answer. */
export function eachOnce(): (name: string, resources: readonly Observation[]) => readonly ParametersParameter[] {
  const given = new Set<string>();
  return (name, resources) =>
    resources.flatMap((resource) => {
      const id = resource.id ?? '';
      if (given.has(id)) return [];
      given.add(id);
      return [{ name, resource }];
    });
}

/**
 * What statements say of a subject's variants: the implications, then the variants that they rest on, for some thousand
 * rows at a time.
 *
 * @throws CannotAnswerError when only the reference sequence could tell whether a row is meant
 */
export async function* variantImplications(
  view: SubjectView,
  asked: RowQuestion,
  statements: Statements,
  ports: Ports,
  reference: Reference,
  once: ReturnType<typeof eachOnce>,
): AsyncGenerator<readonly ParametersParameter[]> {
  const observationsOf = simpleObservations(view, reference);
  for await (const { assembly, rows } of askedRows(view, asked, statements, ports)) {
    const known = await knownVariants(rows, assembly, statements, reference);
    if (known.length === 0) continue;
    const observations = await observationsOf(known.map(({ row }) => row));
    const implications = known.flatMap(({ row, statements: told }, place) =>
      told.map((statement) => implication(statement, basisOf(row, observations[place]))),
    );
    yield [...once('implication', implications), ...once('variant', observations)];
  }
}

function basisOf({ study, subject }: StoredVariant, variant: Observation | undefined) {
  if (variant?.id === undefined) throw new Error('a row has no Observation');
  return { study, subject, derivedFrom: [variant.id] };
}
