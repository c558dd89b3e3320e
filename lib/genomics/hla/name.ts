/**
 * The name of an HLA allele or of a group of them: fields of digits, which a longer name only adds to.
 *
 * @see https://hla.alleles.org/nomenclature/naming.html
 */
export interface HlaName {
  /** With its prefix, such as `HLA-DRB1`. */
  readonly gene: string;
  /** One to four, such as `23` and `01`. */
  readonly fields: readonly string[];
  /** How the allele is expressed, such as `N` for not at all; empty for most. */
  readonly expression: string;
  /** Alleles of one nucleotide (`G`) or protein (`P`) sequence where they bind antigens; empty for single alleles. */
  readonly group: 'G' | 'P' | '';
}

const NAME = /^(?:HLA-)?([A-Z]{1,4}\d?)\*(\d+(?::\d+){0,3})([NLSCAQ]?)([GP]?)$/i;

/** Undefined for text that names no allele or group, such as a multiple allele code (`A*02:AB`). */
export function readHlaName(text: string): HlaName | undefined {
  const [, gene, fields, expression = '', group = ''] = NAME.exec(text.trim()) ?? [];
  if (gene === undefined || fields === undefined || (expression !== '' && group !== '')) return undefined;
  return {
    gene: `HLA-${gene.toUpperCase()}`,
    fields: fields.split(':'),
    expression: expression.toUpperCase(),
    group: group.toUpperCase() as HlaName['group'],
  };
}

export function formatHlaName({ gene, fields, expression, group }: HlaName): string {
  return `${gene}*${fields.join(':')}${expression}${group}`;
}

/**
 * Whether an allele is one that a name means, as far as the names tell: every field of the name is the allele's. A name
 * without the expression of its allele means it too; a name of a group means that group only.
 */
export function isMeantBy(name: HlaName, allele: HlaName): boolean {
  if (name.gene !== allele.gene || (name.group !== '' && name.group !== allele.group)) return false;
  if (name.group !== '' && name.fields.length !== allele.fields.length) return false;
  if (name.expression !== '' && name.expression !== allele.expression) return false;
  return name.fields.every((field, place) => field === allele.fields[place]);
}

/** The name cut to its first fields; the expression stays. */
export function toFields(name: HlaName, count: number): HlaName {
  return { ...name, fields: name.fields.slice(0, count), group: '' };
}
