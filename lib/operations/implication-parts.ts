import type { Observation, ParametersParameter } from '@medplum/fhirtypes';
import { implication } from '../fhir/implication.ts';
import { missingGenotypes } from '../fhir/missing-genotypes.ts';
import type { GenotypeFinding } from '../genomics/genotype-finding.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import type { ImplicationQuestion } from './implication-questions.ts';
import { knownGenotypes } from './known-genotypes.ts';
import { askedRows, type RowQuestion } from './known-rows.ts';
import { knownVariants } from './known-variants.ts';
import { simpleObservations } from './named-variants.ts';
import type { Ports, Reference, Statements, SubjectView } from './ports.ts';
import { genotypeParts } from './shown-genotypes.ts';
import { specimensOf } from './specimens.ts';

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

/** What statements say of a subject's genotypes: the implications, what they rest on, and which genes lack a genotype. */
export async function* genotypeImplications(
  question: ImplicationQuestion,
  statements: Statements,
  ports: Ports,
  once: ReturnType<typeof eachOnce>,
): AsyncGenerator<readonly ParametersParameter[]> {
  const { known, missing } = await knownGenotypes(question, statements, ports);
  const specimenOf = specimensOf(question.view);
  const shown = new Map<GenotypeFinding, readonly ParametersParameter[]>();
  for (const { findings } of known) {
    for (const one of findings) if (!shown.has(one)) shown.set(one, genotypeParts([one], specimenOf));
  }
  const observationsOf = (name: string, parts: Iterable<readonly ParametersParameter[]>): readonly Observation[] =>
    [...parts].flat().flatMap((part) => (part.name === name ? [part.resource as Observation] : []));
  const implications = known.flatMap(({ statement, findings }) => {
    const [first] = findings;
    if (first === undefined) return [];
    const genotypes = observationsOf(
      'genotype',
      findings.flatMap((one) => [shown.get(one) ?? []]),
    );
    const { study, subject } = first;
    const candidates = Math.max(...findings.map((one) => one.candidates));
    return [
      implication(statement, { study, subject, candidates, derivedFrom: genotypes.flatMap(({ id }) => id ?? []) }),
    ];
  });
  yield [
    ...once('implication', implications),
    ...once('haplotype', observationsOf('haplotype', shown.values())),
    ...once('genotype', observationsOf('genotype', shown.values())),
    ...(missing.length === 0 ? [] : [missingGenotypes(missing)]),
  ];
}

function basisOf({ study, subject }: StoredVariant, variant: Observation | undefined) {
  if (variant?.id === undefined) throw new Error('a row has no Observation');
  return { study, subject, derivedFrom: [variant.id] };
}
