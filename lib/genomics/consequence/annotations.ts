import type { ConsequenceAnnotation } from './annotation.ts';
import { type BcsqAnnotation, parseBcsq } from './bcsq.ts';
import { csqFields, parseCsq } from './csq.ts';
import { effFields, parseAnn, parseEff } from './snpeff.ts';

/** The record an annotation is read for: 1-based POS and its alleles. */
export interface AnnotatedRecord {
  readonly position: number;
  readonly ref: string;
  readonly alts: readonly string[];
}

/** An INFO key of a file that holds molecular consequences, and how its values are read. */
export interface AnnotationKey {
  readonly key: string;
  readonly tool: 'VEP' | 'ANN' | 'EFF' | 'BCSQ';
  parse(value: string, record: AnnotatedRecord): readonly (ConsequenceAnnotation | BcsqAnnotation)[];
}

/**
 * The INFO keys of a VCF that hold molecular consequences, in the order of its header. VEP's key may have any name
 * (`CSQ`, gnomAD's `vep`): its Description gives it away.
 *
 * @param descriptions Description of each ##INFO line by ID
 */
export function annotationKeys(descriptions: ReadonlyMap<string, string>): readonly AnnotationKey[] {
  return [...descriptions].flatMap(([key, description]): readonly AnnotationKey[] => {
    if (key === 'ANN') return [{ key, tool: 'ANN', parse: (value, { alts }) => parseAnn(value, alts) }];
    if (key === 'BCSQ') {
      return [{ key, tool: 'BCSQ', parse: (value, { position, alts }) => parseBcsq(value, position, alts) }];
    }
    const eff = key === 'EFF' ? effFields(description) : undefined;
    if (eff !== undefined) return [{ key, tool: 'EFF', parse: (value, { alts }) => parseEff(eff, value, alts) }];
    const csq = csqFields(description);
    if (csq === undefined) return [];
    return [{ key, tool: 'VEP', parse: (value, { ref, alts }) => parseCsq(csq, value, ref, alts) }];
  });
}
