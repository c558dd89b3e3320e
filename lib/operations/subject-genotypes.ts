import type { GenotypeFinding, StoredGenotype } from '../genomics/genotype-finding.ts';
import { readGenotypeName } from '../genomics/genotype-name.ts';
import type { Ports, SubjectView } from './ports.ts';

/**
 * The genotypes of a subject's named alleles that a view may show.
 *
 * @param genes HGNC symbols; all genes when absent
 */
export async function genotypesOf(
  view: SubjectView,
  { genotypes }: Pick<Ports, 'genotypes'>,
  genes?: readonly string[],
): Promise<readonly GenotypeFinding[]> {
  const wanted = genes && new Set(genes.map((gene) => gene.toUpperCase()));
  const imported = await genotypes.imported(view);
  return imported.filter(({ gene }) => wanted?.has(gene.symbol.toUpperCase()) ?? true).map(importedFinding);
}

// A name that can't be read is one allele as it stands: what was reported is shown whatever its form.
function importedFinding(row: StoredGenotype): GenotypeFinding {
  const { code, display } = row.coding;
  const named = [display, code]
    .map((text) => readGenotypeName(text, row.gene.symbol))
    .find((name) => name !== undefined && name.alleles.length > 0);
  return { ...row, alleles: named?.alleles ?? [display], origin: 'imported', basis: [] };
}
