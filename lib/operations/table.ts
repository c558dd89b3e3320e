import { findPopulationDxImplications } from './find-population-dx-implications.ts';
import { findPopulationMolecularConsequences } from './find-population-molecular-consequences.ts';
import { findPopulationSpecificHaplotypes } from './find-population-specific-haplotypes.ts';
import { findPopulationSpecificVariants } from './find-population-specific-variants.ts';
import { findPopulationStructuralIntersectingVariants } from './find-population-structural-intersecting-variants.ts';
import { findPopulationStructuralSubsumingVariants } from './find-population-structural-subsuming-variants.ts';
import { findPopulationTxImplications } from './find-population-tx-implications.ts';
import { findStudyMetadata } from './find-study-metadata.ts';
import { findSubjectDxImplications } from './find-subject-dx-implications.ts';
import { findSubjectHaplotypes } from './find-subject-haplotypes.ts';
import { findSubjectMolecularConsequences } from './find-subject-molecular-consequences.ts';
import { findSubjectSpecificHaplotypes } from './find-subject-specific-haplotypes.ts';
import { findSubjectSpecificVariants } from './find-subject-specific-variants.ts';
import { findSubjectStructuralIntersectingVariants } from './find-subject-structural-intersecting-variants.ts';
import { findSubjectStructuralSubsumingVariants } from './find-subject-structural-subsuming-variants.ts';
import { findSubjectTxImplications } from './find-subject-tx-implications.ts';
import { findSubjectVariants } from './find-subject-variants.ts';
import type { Operation } from './row.ts';

/** Every operation of this server; routes, validation and all descriptions come from here. */
export const operations: readonly Operation[] = [
  findSubjectVariants,
  findSubjectSpecificVariants,
  findSubjectStructuralIntersectingVariants,
  findSubjectStructuralSubsumingVariants,
  findSubjectHaplotypes,
  findSubjectSpecificHaplotypes,
  findSubjectTxImplications,
  findSubjectDxImplications,
  findPopulationSpecificVariants,
  findPopulationStructuralIntersectingVariants,
  findPopulationStructuralSubsumingVariants,
  findPopulationSpecificHaplotypes,
  findPopulationTxImplications,
  findPopulationDxImplications,
  findPopulationMolecularConsequences,
  findSubjectMolecularConsequences,
  findStudyMetadata,
];
