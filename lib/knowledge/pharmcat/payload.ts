import type { GeneDefinition, NamedAllele } from '../../genomics/star-allele/definition.ts';
import type { PhenotypeTable } from '../../genomics/star-allele/phenotype.ts';

/** Name of the source among the archive's knowledge. */
export const PHARMCAT = 'pharmcat';

/** What a release of PharmCAT's files says of one gene. */
export interface GeneKnowledge {
  /** Absent for genes that are not called from small variants. */
  readonly definition?: GeneDefinition;
  /** Absent for genes without assigned phenotypes, such as CYP4F2. */
  readonly phenotypes?: PhenotypeTable;
}

/** The same as JSON has it: no undefined, no Map. */
export interface GenePayload {
  readonly definition?: Omit<GeneDefinition, 'alleles'> & { readonly alleles: readonly AllelePayload[] };
  readonly phenotypes?: Readonly<Record<'gene' | 'version', string>> & {
    readonly functions: readonly (readonly [string, string])[];
    readonly activity: readonly (readonly [string, number])[];
    readonly diplotypes: readonly (readonly [string, string, number?])[];
  };
}

type AllelePayload = Omit<NamedAllele, 'stated'> & { readonly stated: readonly (string | null)[] };

/** The name under which a gene's payload is stored within a release. */
export const payloadName = (gene: string): string => `gene-${gene}`;

export function toPayload({ definition, phenotypes }: GeneKnowledge): GenePayload {
  return {
    ...(definition && {
      definition: {
        ...definition,
        alleles: definition.alleles.map((allele) => ({ ...allele, stated: allele.stated.map((base) => base ?? null) })),
      },
    }),
    ...(phenotypes && {
      phenotypes: {
        gene: phenotypes.gene,
        version: phenotypes.version,
        functions: [...phenotypes.functions],
        activity: [...phenotypes.activity],
        diplotypes: [...phenotypes.diplotypes].map(([key, { phenotype, activityScore }]) =>
          activityScore === undefined ? [key, phenotype] : [key, phenotype, activityScore],
        ),
      },
    }),
  };
}

export function fromPayload({ definition, phenotypes }: GenePayload): GeneKnowledge {
  return {
    ...(definition && { definition: readDefinition(definition) }),
    ...(phenotypes && {
      phenotypes: {
        ...phenotypes,
        functions: new Map(phenotypes.functions),
        activity: new Map(phenotypes.activity),
        diplotypes: new Map(
          phenotypes.diplotypes.map(([key, phenotype, activityScore]) => [key, { phenotype, activityScore }]),
        ),
      },
    }),
  };
}

function readDefinition(stored: NonNullable<GenePayload['definition']>): GeneDefinition {
  const [reference, ...others] = stored.alleles.map((allele) => ({
    ...allele,
    stated: allele.stated.map((base) => base ?? undefined),
  }));
  if (reference === undefined) throw new Error(`the stored definition of ${stored.gene} has no allele`);
  // JSON leaves out what is undefined.
  const positions = stored.positions.map((position) => ({ ...position, rsid: position.rsid }));
  return { ...stored, positions, alleles: [reference, ...others] };
}
