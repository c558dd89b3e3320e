import type { Observation, ParametersParameter } from '@medplum/fhirtypes';
import { type Basis, implication } from '../fhir/implication.ts';
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

/** Rows whose Observations are made again at a time. */
const ROWS_AT_A_TIME = 1_000;

/** What an answer has found so far, in the order in which it is given: implications first, then what they rest on. */
export interface ImplicationAnswer {
  /** What statements say of the subject's variants, for some thousand rows at a time. @throws CannotAnswerError */
  ofVariants(asked: RowQuestion): AsyncGenerator<readonly ParametersParameter[]>;
  /** What they say of the subject's genotypes. */
  ofGenotypes(question: ImplicationQuestion): AsyncGenerator<readonly ParametersParameter[]>;
  /** The variants, haplotypes and genotypes that implications rest on, each once; and which genes lack a genotype. */
  findings(): AsyncGenerator<readonly ParametersParameter[]>;
}

/** Puts an answer together. Of variants only rows are kept until all implications are given: they may be many. */
export function implicationAnswer(
  view: SubjectView,
  statements: Statements,
  ports: Ports,
  reference: Reference,
): ImplicationAnswer {
  const observationsOf = simpleObservations(view, reference);
  const given = new Set<string>();
  /** The same resource is never repeated in an answer. */
  const once = (name: string, resources: readonly Observation[]): readonly ParametersParameter[] =>
    resources.flatMap((resource) => {
      const id = resource.id ?? '';
      if (given.has(id)) return [];
      given.add(id);
      return [{ name, resource }];
    });
  const variants: StoredVariant[] = [];
  const genotypes: ParametersParameter[] = [];

  return {
    async *ofVariants(asked) {
      for await (const { assembly, rows } of askedRows(view, asked, statements, ports)) {
        const known = await knownVariants(rows, assembly, statements, reference);
        const observations = await observationsOf(known.map(({ row }) => row));
        for (const { row } of known) variants.push(row);
        yield once(
          'implication',
          known.flatMap(({ row, statements: told }, place) =>
            told.map((statement) => implication(statement, basisOf(row, observations[place]))),
          ),
        );
      }
    },

    async *ofGenotypes(question) {
      const { known, missing } = await knownGenotypes(question, statements, ports);
      const specimenOf = specimensOf(view);
      const shown = new Map(
        known.flatMap(({ findings }) => findings).map((one) => [one, genotypeParts([one], specimenOf)]),
      );
      yield once(
        'implication',
        known.map(({ statement, findings }) => implication(statement, basisOfGenotypes(findings, shown))),
      );
      for (const name of ['haplotype', 'genotype']) {
        genotypes.push(
          ...once(
            name,
            [...shown.values()].flat().flatMap((part) => resourceOf(part, name)),
          ),
        );
      }
      if (missing.length > 0) genotypes.push(missingGenotypes(missing));
    },

    async *findings() {
      for (let from = 0; from < variants.length; from += ROWS_AT_A_TIME) {
        yield once('variant', await observationsOf(variants.slice(from, from + ROWS_AT_A_TIME)));
      }
      yield genotypes;
    },
  };
}

function basisOf({ study, subject }: StoredVariant, variant: Observation | undefined): Basis {
  if (variant?.id === undefined) throw new Error('a row has no Observation');
  return { study, subject, derivedFrom: [variant.id] };
}

function basisOfGenotypes(
  findings: readonly GenotypeFinding[],
  shown: ReadonlyMap<GenotypeFinding, readonly ParametersParameter[]>,
): Basis {
  const [first] = findings;
  if (first === undefined) throw new Error('an implication rests on no genotype');
  const { study, subject } = first;
  const resources = findings.flatMap((one) => (shown.get(one) ?? []).flatMap((part) => resourceOf(part, 'genotype')));
  return {
    study,
    subject,
    candidates: Math.max(...findings.map(({ candidates }) => candidates)),
    derivedFrom: resources.flatMap(({ id }) => id ?? []),
  };
}

function resourceOf({ name, resource }: ParametersParameter, wanted: string): readonly Observation[] {
  return name === wanted && resource?.resourceType === 'Observation' ? [resource] : [];
}
