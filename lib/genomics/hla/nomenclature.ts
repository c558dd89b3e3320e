import { formatHlaName, type HlaName, isMeantBy, readHlaName, toFields } from './name.ts';

/** Alleles and groups of one release of IPD-IMGT/HLA. Names are with `HLA-`. */
export interface HlaNomenclature {
  /** Such as `IPD-IMGT/HLA 3.58.0`. */
  readonly version: string;
  /** The alleles that a name means: itself, those it is the beginning of, the members of a group. Empty for no name. */
  alleles(name: HlaName): readonly HlaName[];
  /** The group that an allele is in; undefined when it is in none. */
  groupOf(allele: HlaName, kind: 'G' | 'P'): HlaName | undefined;
}

/** Members of each group: name of the group, then of its alleles. */
export type HlaGroups = readonly (readonly [group: string, ...alleles: string[]])[];

export function hlaNomenclature(
  version: string,
  alleles: readonly string[],
  groups: Readonly<Record<'G' | 'P', HlaGroups>>,
): HlaNomenclature {
  const byFamily = Map.groupBy(
    alleles.flatMap((text) => readHlaName(text) ?? []),
    familyOf,
  );
  const members = new Map<string, readonly HlaName[]>();
  const groupsOf = new Map<string, HlaName>();
  for (const kind of ['G', 'P'] as const) {
    for (const [name, ...texts] of groups[kind]) {
      const group = readHlaName(name);
      if (group === undefined) continue;
      members.set(
        formatHlaName(group),
        texts.flatMap((text) => readHlaName(text) ?? []),
      );
      for (const text of texts) groupsOf.set(`${kind} ${text}`, group);
    }
  }
  return {
    version,
    alleles(name) {
      if (name.group !== '') return members.get(formatHlaName(name)) ?? [];
      return (byFamily.get(familyOf(name)) ?? []).filter((allele) => isMeantBy(name, allele));
    },
    groupOf: (allele, kind) => groupsOf.get(`${kind} ${formatHlaName(allele)}`),
  };
}

/** Alleles of one gene and first field; no name means alleles of two of them, but for the members of a group. */
const familyOf = ({ gene, fields }: HlaName): string => `${gene}*${fields[0]}`;

/** An allele's name of two fields for where it binds antigens: that of its G group, else its own. */
export function twoFieldName(allele: HlaName, nomenclature: HlaNomenclature): HlaName {
  return toFields(nomenclature.groupOf(allele, 'G') ?? allele, 2);
}

/**
 * Whether two names may be of one allele: one means the other by its fields or, with the nomenclature, the alleles they
 * mean bind antigens alike. The second is never a reason to say no.
 */
export function mayBeSame(asked: HlaName, found: HlaName, nomenclature: HlaNomenclature | undefined): boolean {
  if (isMeantBy(asked, found)) return true;
  if (nomenclature === undefined || asked.gene !== found.gene) return false;
  if (asked.fields.length < 2 || found.fields.length < 2) return false;
  // An allele that is not expressed binds nothing, whatever group its exons are in.
  const expressed = (name: HlaName) => nomenclature.alleles(name).filter(({ expression }) => expression !== 'N');
  const alike = new Set(expressed(asked).map((allele) => formatHlaName(twoFieldName(allele, nomenclature))));
  return expressed(found).some((allele) => alike.has(formatHlaName(twoFieldName(allele, nomenclature))));
}
