import { codedCondition } from './conditions.ts';
import type { DrugIndex } from './drugs.ts';
import type { ImportReport } from './report.ts';
import type { Coded, SiteGenotype, Treatment, TxRow } from './rows.ts';
import { pharmGkbEvidence, withCode } from './significance.ts';
import { NO_SITES, type SiteIndex } from './sites/site.ts';
import { type NotJoined, siteGenotypes } from './sites/site-genotypes.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';
import { listOf, readTable, type TableRow } from './table.ts';

/** An annotation's line for one genotype or allele. */
interface AlleleLine {
  readonly allele: string;
  readonly text: string;
}

/** `Summary Annotation ID` since 2025 (ClinPGx), `Clinical Annotation ID` before. */
const ID_COLUMNS = ['Summary Annotation ID', 'Clinical Annotation ID'] as const;

const idOf = (row: TableRow): string => row.get(ID_COLUMNS[0]) || row.get(ID_COLUMNS[1]);

const ANNOTATION_COLUMNS = ['Variant/Haplotypes', 'Level of Evidence', 'Drug(s)'] as const;
const RS_NUMBER = /^rs\d+$/;

/** The rs numbers that annotations are about. @throws InvalidInputError naming file and line for another file */
export async function rsNumbersIn(annotations: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const row of readTable(annotations, ANNOTATION_COLUMNS)) {
    const variant = row.get('Variant/Haplotypes');
    if (RS_NUMBER.test(variant)) found.add(variant);
  }
  return found;
}

/**
 * Reads PharmGKB's (ClinPGx') annotations with their genotype lines: one row for each genotype and drug; a drug
 * combination (`ivacaftor / lumacaftor`) is one row. Genotypes of an rs number are joined with variants as far as it is
 * known where it lies; annotations of which some are not are counted by reason and level.
 *
 * @param annotations `summary_annotations.tsv`, formerly `clinical_annotations.tsv`
 * @param alleles `summary_ann_alleles.tsv`, formerly `clinical_ann_alleles.tsv`
 * @throws InvalidInputError naming file and line for other files.
 */
export async function* readPharmGkbAnnotations(
  annotations: string,
  alleles: string,
  report: ImportReport,
  drugs: DrugIndex,
  sites: SiteIndex = NO_SITES,
): AsyncGenerator<readonly TxRow[]> {
  const lines = new Map<string, AlleleLine[]>();
  for await (const row of readTable(alleles, ['Genotype/Allele', 'Annotation Text'])) {
    const line = { allele: row.get('Genotype/Allele'), text: row.get('Annotation Text') };
    const known = lines.get(idOf(row));
    if (known === undefined) lines.set(idOf(row), [line]);
    else known.push(line);
  }
  for await (const row of readTable(annotations, ANNOTATION_COLUMNS)) {
    report.row();
    const id = idOf(row);
    const about = lines.get(id) ?? [];
    if (about.length === 0) {
      report.refuse(row.place, 'no line for a genotype', id);
      continue;
    }
    const treatments = treatmentsOf(row.get('Drug(s)'), ';', drugs);
    if (treatments.length === 0) {
      report.refuse(row.place, 'no treatment', id);
      continue;
    }
    const evidence = pharmGkbEvidence(row.get('Level of Evidence'));
    const conditions = listOf(row.get('Phenotype(s)'), ';').flatMap((name) => codedCondition(name, []));
    const variant = row.get('Variant/Haplotypes');
    const joined = joinedTexts(variant, about, sites);
    for (const reason of joined.reasons) {
      report.refuse(row.place, `level ${row.get('Level of Evidence')}, genotypes of an rs number: ${reason}`, id);
    }
    yield about.flatMap(({ allele, text }) =>
      joined.of(allele).flatMap((joint) =>
        treatments.map((combination) => ({
          kind: 'tx',
          ...joint,
          genotypes: [genotypeCode(row.get('Gene'), variant, allele)],
          treatments: combination,
          conditions,
          implication: { text },
          ...(evidence === undefined ? {} : { evidence }),
          identifiers: [{ system: KNOWLEDGE_SYSTEM.pharmGkb, value: id }],
          source: 'PharmGKB',
        })),
      ),
    );
  }
}

/** What a text asks of a subject's variants; nothing where it is about named alleles, or reference bases only. */
type Joint = Pick<TxRow, 'variants' | 'site'>;

function joinedTexts(
  rsid: string,
  lines: readonly AlleleLine[],
  sites: SiteIndex,
): { readonly reasons: ReadonlySet<NotJoined>; of(allele: string): readonly Joint[] } {
  const reasons = new Set<NotJoined>();
  if (!RS_NUMBER.test(rsid)) return { reasons, of: () => [{}] };
  const alleles = lines.map(({ allele }) => allele);
  const genotypes = siteGenotypes(rsid, alleles, sites);
  const joints = new Map(
    alleles.map((allele): [string, readonly Joint[]] => {
      const asked = genotypes.of(allele);
      if (typeof asked === 'string') {
        reasons.add(asked);
        return [allele, [{ site: { rsid } }]];
      }
      const joined = asked.map(({ variants, ...site }): Joint => ({ variants, site: { rsid, ...site } }));
      return [allele, joined.length === 0 ? [{}] : joined];
    }),
  );
  return { reasons, of: (allele) => joints.get(allele) ?? [] };
}

/**
 * Reads PharmGKB's `clinicalVariants.tsv`, which says only that an allele bears on a drug: one row for each allele and
 * drug. Reference alleles (`*1`) are not told apart in it, and no genotype of an rs number is stated.
 *
 * @param annotated rs numbers about which annotations beside it say more
 * @throws InvalidInputError naming file and line for another file.
 */
export async function* readPharmGkbClinicalVariants(
  path: string,
  report: ImportReport,
  drugs: DrugIndex,
  annotated: ReadonlySet<string> = new Set(),
): AsyncGenerator<readonly TxRow[]> {
  for await (const row of readTable(path, ['variant', 'gene', 'type', 'level of evidence', 'chemicals'])) {
    report.row();
    const item = row.get('variant');
    const treatments = treatmentsOf(row.get('chemicals'), ',', drugs);
    const evidence = pharmGkbEvidence(row.get('level of evidence'));
    if (treatments.length === 0) {
      report.refuse(row.place, 'no treatment', item);
      continue;
    }
    const genotypes = listOf(item, /, /).map((allele) => genotypeCode(row.get('gene'), item, allele));
    const conditions = listOf(row.get('phenotypes'), ',').flatMap((name) => codedCondition(name, []));
    const site: SiteGenotype | undefined = RS_NUMBER.test(item) && !annotated.has(item) ? { rsid: item } : undefined;
    if (site !== undefined) {
      report.refuse(row.place, `level ${row.get('level of evidence')}, an rs number: no genotype stated`, item);
    }
    yield treatments.map((combination) => ({
      kind: 'tx',
      ...(site === undefined ? {} : { site }),
      genotypes,
      treatments: combination,
      conditions,
      implication: withCode(row.get('type'), undefined),
      ...(evidence === undefined ? {} : { evidence }),
      identifiers: [],
      source: 'PharmGKB',
    }));
  }
}

/** One list for each drug or combination. */
function treatmentsOf(text: string, separator: string, drugs: DrugIndex): readonly (readonly Treatment[])[] {
  return listOf(text, separator).map((one) => listOf(one, ' / ').map((name) => drugs.byName(name)));
}

/**
 * A star allele, HLA allele or genotype in the form of its nomenclature; a genotype of a dbSNP variant (`rs4149056 CC`)
 * in PharmGKB's own.
 */
export function genotypeCode(gene: string, variant: string, allele: string): Coded {
  if (RS_NUMBER.test(variant)) {
    const code = allele === variant ? variant : `${variant} ${allele}`;
    return { system: allele === variant ? KNOWLEDGE_SYSTEM.dbSnp : KNOWLEDGE_SYSTEM.pharmGkb, code, display: code };
  }
  const bare = allele.startsWith(gene) ? allele.slice(gene.length).trim() : allele;
  if (gene.startsWith('HLA-')) {
    const code = bare
      .split('/')
      .map((one) => `${gene}${one.trim()}`)
      .join('+');
    return { system: KNOWLEDGE_SYSTEM.hla, code, display: code };
  }
  const code = `${gene} ${bare}`;
  return { system: bare.startsWith('*') ? KNOWLEDGE_SYSTEM.pharmVar : KNOWLEDGE_SYSTEM.pharmGkb, code, display: code };
}
