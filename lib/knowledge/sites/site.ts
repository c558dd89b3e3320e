import { trim } from '../../genomics/allele.ts';
import { sequencesOf } from '../../genomics/assembly.ts';
import { interbase } from '../../genomics/coordinates.ts';

/** Where a dbSNP variant lies on one chromosome of one assembly, and what is known there. Bases of the plus strand. */
export interface Site {
  readonly accession: string;
  readonly start0: number;
  /** The base of the assembly. */
  readonly reference: string;
  readonly alternatives: ReadonlySet<string>;
}

/** Why an rs number has no site. */
export type NoSite = 'no place given for its rs number (--sites)' | 'its rs number has several places' | typeof INDEL;
export const INDEL = 'an insertion, deletion or repeat';

/** Where rs numbers lie. */
export interface SiteIndex {
  /** One site in each assembly that the files have, at least one; or why there is none. */
  of(rsid: string): readonly Site[] | NoSite;
}

/** Takes what site files say; several files and lines complete each other. */
export interface SiteCollector extends SiteIndex {
  /** Whether anyone asks for this rs number. */
  wants(rsid: string): boolean;
  /** One record, alleles as in VCF. Those outside the primary assembly are passed over. */
  add(rsid: string, accession: string, start0: number, reference: string, alternatives: readonly string[]): void;
  /** A record that is no exchange of bases. */
  addIndel(rsid: string): void;
}

interface Collected {
  readonly places: Map<string, Site & { readonly alternatives: Set<string> }>;
  problem?: NoSite;
}

const BASE = /^[ACGT]$/;

export function collectSites(wanted: ReadonlySet<string>): SiteCollector {
  const found = new Map<string, Collected>();
  const collected = (rsid: string): Collected => {
    const known = found.get(rsid) ?? { places: new Map() };
    found.set(rsid, known);
    return known;
  };
  return {
    wants: (rsid) => wanted.has(rsid),
    of(rsid) {
      const one = found.get(rsid);
      if (one === undefined) return 'no place given for its rs number (--sites)';
      return one.problem ?? [...one.places.values()];
    },
    add(rsid, accession, start0, reference, alternatives) {
      // The mitochondrion's sequence is of both assemblies.
      const assembly = sequencesOf(accession)[0]?.assembly;
      if (assembly === undefined || alternatives.length === 0) return;
      const one = collected(rsid);
      for (const alternative of alternatives) {
        const change = trim(interbase(start0), reference.toUpperCase(), alternative.toUpperCase());
        if (!BASE.test(change.deleted) || !BASE.test(change.inserted)) {
          one.problem ??= INDEL;
          continue;
        }
        const before = one.places.get(assembly);
        if (before === undefined) {
          const place = { accession, start0: change.start0, reference: change.deleted };
          one.places.set(assembly, { ...place, alternatives: new Set([change.inserted]) });
        } else if (
          before.accession === accession &&
          before.start0 === change.start0 &&
          before.reference === change.deleted
        ) {
          before.alternatives.add(change.inserted);
        } else one.problem ??= 'its rs number has several places';
      }
    },
    addIndel(rsid) {
      collected(rsid).problem ??= INDEL;
    },
  };
}

/** For imports without site files. */
export const NO_SITES: SiteIndex = { of: () => 'no place given for its rs number (--sites)' };
