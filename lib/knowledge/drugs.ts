import type { ImportReport } from './report.ts';
import type { Treatment } from './rows.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';
import { listOf, readTable } from './table.ts';

/** A drug with its codes in other vocabularies. */
export interface Drug {
  readonly name: string;
  /** PharmGKB accession, `PA449053`. */
  readonly pharmGkb: string | undefined;
  /** The codes of the drug, RxNorm first. ATC codes are left out: many of them name combinations that hold the drug. */
  readonly codes: readonly { readonly system: string; readonly code: string }[];
}

/** Drugs of one or more sources, found by name (in any case) or PharmGKB accession. */
export interface DrugIndex {
  /** A drug with its codes; only its name when no source knows it. */
  byName(name: string): Treatment;
  byPharmGkb(accession: string, name: string): Treatment;
}

/** @param drugs where two say different things of one name or accession, the first is believed */
export function drugIndex(drugs: readonly Drug[]): DrugIndex {
  const names = new Map<string, Drug>();
  const accessions = new Map<string, Drug>();
  for (const drug of drugs) {
    const name = drug.name.toLowerCase();
    if (!names.has(name)) names.set(name, drug);
    if (drug.pharmGkb !== undefined && !accessions.has(drug.pharmGkb)) accessions.set(drug.pharmGkb, drug);
  }
  const coded = (drug: Drug | undefined, display: string): Treatment => treatmentOf(display, drug?.codes ?? []);
  const byName = (name: string): Treatment => coded(names.get(name.toLowerCase()), name);
  return {
    byName,
    byPharmGkb: (accession, name) => {
      const drug = accessions.get(accession);
      return drug === undefined ? byName(name) : coded(drug, name);
    },
  };
}

/** A treatment whose first code stands for it, the others beside. */
export function treatmentOf(display: string, codes: Drug['codes']): Treatment {
  const [first, ...also] = codes;
  if (first === undefined) return { display };
  return { ...first, display, ...(also.length === 0 ? {} : { also }) };
}

/** @throws InvalidInputError naming file and line when it is not PharmGKB's (ClinPGx') `drugs.tsv`. */
export async function readPharmGkbDrugs(path: string, report: ImportReport): Promise<readonly Drug[]> {
  const drugs: Drug[] = [];
  for await (const row of readTable(path, ['PharmGKB Accession Id', 'Name', 'Cross-references'])) {
    report.row();
    const pharmGkb = row.get('PharmGKB Accession Id');
    // Older releases have RxNorm among the cross-references only.
    const [, crossReference] = /RxNorm:(\d+)/.exec(row.get('Cross-references')) ?? [];
    const rxNorm = listOf(row.get('RxNorm Identifiers'), /[,"]/).concat(crossReference ?? []);
    drugs.push({
      name: row.get('Name'),
      pharmGkb,
      codes: [
        ...[...new Set(rxNorm)].map((code) => ({ system: KNOWLEDGE_SYSTEM.rxNorm, code })),
        { system: KNOWLEDGE_SYSTEM.pharmGkb, code: pharmGkb },
      ],
    });
  }
  return drugs;
}
