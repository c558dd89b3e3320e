import { findTheGene } from './find-the-gene.ts';
import { getFeatureCoordinates } from './get-feature-coordinates.ts';
import { normalizeHla } from './normalize-hla.ts';
import { normalizeVariant } from './normalize-variant.ts';
import { translateTerminology } from './translate-terminology.ts';
import type { Utility } from './utility.ts';

/** Every utility of this server; routes, validation and OpenAPI come from here. */
export const utilities: readonly Utility[] = [
  getFeatureCoordinates,
  findTheGene,
  normalizeVariant,
  normalizeHla,
  translateTerminology,
];
