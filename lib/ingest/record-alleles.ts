import { type ChangeType, changeTypeOf, STRUCTURAL_LENGTH, trim } from '../genomics/allele.ts';
import { isSexLinked } from '../genomics/assembly.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import { type AltKind, altKind, isUnspecified } from './alt.ts';
import type { CarrierCollector } from './carriers.ts';
import type { Contig } from './contigs.ts';
import { fault, type Place, quoted } from './fault.ts';
import type { RecordColumns } from './scanner.ts';
import {
  type Info,
  type StructuralAllele,
  StructuralFault,
  structuralAllele,
  symbolicChangeType,
} from './structural.ts';

/** The ALTs of one record: what they are, and their numbers in the part being written. */
export interface RecordAlleles {
  readonly alts: readonly string[];
  readonly kinds: readonly AltKind[];
  /** Whether any ALT is structural, or the record has an SVTYPE: such a record gives no called site. */
  readonly structural: boolean;
  /** Whether the record states a reference block or site and no allele. */
  readonly reference: boolean;
  /** Whether an ALT stands for the alleles nobody saw (`<NON_REF>`, `<*>`). */
  readonly unspecified: boolean;
  /** Whether the record is one base replaced by one base. */
  readonly simplest: boolean;
  /** Whether the n-th ALT (0-based) goes to the structural file. */
  isStructural(index: number): boolean;
}

const SVTYPE = /(?:^|;)SVTYPE=([^;]*)/;
const never = (): boolean => false;
const ONE_SEQUENCE: readonly AltKind[] = ['sequence'];

/** @throws InvalidInputError for an ALT that VCF does not know, or one the position can't have. */
export function recordAlleles(place: Place, record: RecordColumns, contig: Contig): RecordAlleles {
  const base = record.alt.length === 1 && record.ref.length === 1 && altKind(record.alt) === 'sequence';
  if (base && !record.info.includes('SVTYPE=')) {
    checkPosition(place, record, contig, true);
    const [kinds, isStructural] = [ONE_SEQUENCE, never];
    const none = { structural: false, reference: false, unspecified: false };
    return { alts: [record.alt], kinds, ...none, simplest: true, isStructural };
  }
  const alts = record.alt.split(',');
  const kinds = alts.map(altKind);
  const illegal = kinds.indexOf('illegal');
  if (illegal >= 0) throw fault(place, `ALT ${quoted(alts[illegal] as string)} is not an allele VCF knows`);
  if (alts.length > 1 && alts.includes('.')) throw fault(place, 'ALT has . beside another allele');
  const sequence = kinds.includes('sequence');
  checkPosition(place, record, contig, sequence);
  const stated = SVTYPE.test(record.info);
  const isLong = (index: number): boolean =>
    Math.abs((alts[index] as string).length - record.ref.length) >= STRUCTURAL_LENGTH;
  const isStructural = (index: number): boolean => {
    const kind = kinds[index];
    return kind === 'symbolic' || kind === 'breakend' || (kind === 'sequence' && (stated || isLong(index)));
  };
  const reference = kinds.every((kind) => kind === 'none');
  return {
    alts,
    kinds,
    structural: !reference && (stated || alts.some((_, index) => isStructural(index))),
    reference,
    unspecified: alts.some(isUnspecified),
    simplest: false,
    isStructural,
  };
}

function checkPosition(place: Place, { position, ref }: RecordColumns, contig: Contig, sequence: boolean): void {
  if (position > contig.length + 1) {
    throw fault(place, `POS ${position} lies beyond ${contig.name} (${contig.length} bases); check the assembly`);
  }
  if (!sequence) return;
  if (position === 0) throw fault(place, 'POS 0 is before the first base, where no sequence can be replaced');
  if (position - 1 + ref.length > contig.length) {
    throw fault(place, `REF reaches beyond ${contig.name} (${contig.length} bases); check the assembly`);
  }
}

/** The kinds of change a record looks for, carried or not. */
export function changeTypesOf(record: RecordColumns, alleles: RecordAlleles): readonly ChangeType[] {
  if (alleles.unspecified && alleles.reference) return ['SNV', 'INS', 'DEL'];
  return alleles.alts.flatMap((alt, index): ChangeType[] => {
    const kind = alleles.kinds[index];
    if (kind === 'none') return alt === '.' ? ['SNV'] : [];
    if (kind === 'breakend') return ['BND'];
    if (kind === 'symbolic') return [symbolicChangeType(alt, SVTYPE.exec(record.info)?.[1])];
    if (alt.length === 1 && record.ref.length === 1) return ['SNV'];
    return [changeTypeOf(trim(0 as Interbase, record.ref.toUpperCase(), alt.toUpperCase()))];
  });
}

/** Writes the n-th ALT (0-based) of a record as an allele of the simple part. @returns its number */
export function writeSimple(into: CarrierCollector, place: Place, record: RecordColumns, alt: string): number {
  const ref = record.ref.toUpperCase();
  const inserted = alt.toUpperCase();
  const reported = (record.position - 1) as Interbase;
  const { start0, end0 } =
    ref.length === 1 && inserted.length === 1
      ? { start0: reported, end0: (reported + 1) as Interbase }
      : trim(reported, ref, inserted);
  const stated = { line: place.line, reportedStart0: reported, ref, alt: inserted, start0, end0 };
  return into.allele([start0, end0, reported, ref, inserted, idsOf(record), record.filter], record.filter, stated);
}

/** Writes the n-th ALT (0-based) of a record as an allele of the structural part. @returns its number */
export function writeStructural(
  into: CarrierCollector,
  place: Place,
  record: RecordColumns,
  contig: Contig,
  ordinal: number,
  shape: StructuralAllele,
  alt: string,
): number {
  const written = /^[A-Za-z]+$/.test(alt) ? alt.toUpperCase() : alt;
  if (shape.outerStart0 > shape.outerEnd0) throw fault(place, 'CIPOS and CIEND leave no interval');
  const fields = [
    contig.chromosome,
    ordinal,
    shape.start0,
    shape.end0,
    record.position - 1,
    record.ref.toUpperCase(),
    written,
    idsOf(record),
    record.filter,
    shape.outerStart0,
    shape.outerEnd0,
    shape.innerStart0,
    shape.innerEnd0,
    shape.imprecise ? 1 : 0,
    shape.changeType,
    shape.copyNumber,
    shape.svLength,
    shape.mateContig,
    shape.mateStart0,
  ];
  return into.allele(fields, record.filter);
}

/** Where the n-th ALT lies. @throws InvalidInputError naming the line. */
export function placeStructural(
  place: Place,
  version: string,
  record: RecordColumns,
  contig: Contig,
  alleles: RecordAlleles,
  index: number,
  info: Info,
): StructuralAllele {
  try {
    return structuralAllele({
      version,
      contig: contig.name,
      contigLength: contig.length,
      position: record.position,
      ref: record.ref,
      alt: alleles.alts[index] as string,
      index,
      count: alleles.alts.length,
      info,
    });
  } catch (error) {
    throw error instanceof StructuralFault ? fault(place, error.message) : error;
  }
}

const idsOf = ({ id }: RecordColumns): string | undefined => (id === '.' ? undefined : id);

/** Whether the record lies where a male has one copy of the chromosome. */
export function liesOnSexChromosome(
  assembly: Parameters<typeof isSexLinked>[0],
  contig: Contig,
  record: RecordColumns,
): boolean {
  return isSexLinked(assembly, contig.chromosome, record.position - 1);
}
