import { type InfoValue, parseBreakend } from '@gmod/vcf';
import { type ChangeType, changeTypeOf, trim } from '../genomics/allele.ts';
import type { Interbase } from '../genomics/coordinates.ts';

export type Info = Readonly<Record<string, InfoValue>>;

/** One ALT of a structural record, as the columns of `STRUCTURAL_COLUMNS` want it. All positions are interbase. */
export interface StructuralAllele {
  readonly start0: number;
  readonly end0: number;
  readonly outerStart0: number;
  readonly outerEnd0: number;
  /** Undefined, with `innerEnd0`, when the confidence intervals leave no base certain. */
  readonly innerStart0?: number;
  readonly innerEnd0?: number;
  readonly imprecise: boolean;
  readonly changeType: ChangeType;
  /** Bases; negative for deletions. */
  readonly svLength?: number;
  /** CN of the record. */
  readonly copyNumber?: number;
  readonly mateContig?: string;
  readonly mateStart0?: number;
}

/** What the interval of a structural ALT depends on. */
export interface StructuralSource {
  /** Version of the VCF: from 4.4 the length decides, before that END. */
  readonly version: string;
  readonly contig: string;
  /** Bases of the chromosome: bounds are kept inside it. */
  readonly contigLength: number;
  /** VCF POS. */
  readonly position: number;
  readonly ref: string;
  readonly alt: string;
  /** 0-based place of the ALT in its record, and how many there are. */
  readonly index: number;
  readonly count: number;
  readonly info: Info;
}

/** A problem with a record, in words for whoever sent the file. */
export class StructuralFault extends Error {}

/** SVTYPE and first level of a symbolic ALT to kind of change. Translocations are adjacencies: BND. */
const CHANGE_BY_TYPE: Readonly<Record<string, ChangeType>> = {
  DEL: 'DEL',
  INS: 'INS',
  DUP: 'DUP',
  INV: 'INV',
  CNV: 'CNV',
  BND: 'BND',
  TRA: 'BND',
  CTX: 'BND',
  CPX: 'CPX',
  MEI: 'INS',
};

const COPY_NUMBER = /^<CN=?(\d+)>$/;

/** The copies that a `<CN0>`, `<CN2>` ... allele stands for. */
export function allelicCopies(alt: string): number | undefined {
  const [, copies] = COPY_NUMBER.exec(alt) ?? [];
  return copies === undefined ? undefined : Number(copies);
}

/**
 * The kind of change of a symbolic ALT: its own first level (`<DUP:TANDEM>` is DUP); for `<CN0>` the SVTYPE, else CNV;
 * for compounds and symbols that VCF does not define (`<DUP/INS>`, `<INVDUP>`) SVTYPE, else CPX.
 */
export function symbolicChangeType(alt: string, svType: string | undefined): ChangeType {
  const bySvType = CHANGE_BY_TYPE[svType ?? ''];
  if (allelicCopies(alt) !== undefined) return bySvType ?? 'CNV';
  const level = alt.slice(1, -1).split(':')[0] as string;
  return CHANGE_BY_TYPE[level] ?? bySvType ?? 'CPX';
}

/** Where a symbolic ALT, a breakend or a long allele lies. @throws StructuralFault */
export function structuralAllele(source: StructuralSource): StructuralAllele {
  const { alt } = source;
  if (alt.startsWith('<')) return symbolicAllele(source);
  return /^[A-Za-z]+$/.test(alt) ? sequenceAllele(source) : breakendAllele(source);
}

/** A precisely stated allele that is structural by its length or its SVTYPE: the trimmed interval. */
function sequenceAllele({ position, ref, alt, info }: StructuralSource): StructuralAllele {
  const allele = trim((position - 1) as Interbase, ref.toUpperCase(), alt.toUpperCase());
  const stated = CHANGE_BY_TYPE[textOf(info, 'SVTYPE') ?? ''];
  const computed = changeTypeOf(allele);
  const changeType = stated === 'DUP' || stated === 'INV' || stated === 'CNV' ? stated : computed;
  return {
    ...certain(allele.start0, allele.end0),
    changeType: changeType === 'SNV' || changeType === 'MNV' ? 'DELINS' : changeType,
    svLength: alt.length - ref.length,
  };
}

function symbolicAllele(source: StructuralSource): StructuralAllele {
  const { position, alt, info, contigLength } = source;
  const changeType = symbolicChangeType(alt, textOf(info, 'SVTYPE'));
  const copyNumber = perAllele(source, 'CN');
  const shared = { changeType, ...(copyNumber === undefined ? {} : { copyNumber }) };
  // A symbolic allele begins after its padding base, so that interbase start0 is POS.
  const start0 = Math.min(position, contigLength);
  if (changeType === 'BND' || changeType === 'CPX') {
    return { ...uncertain(source, start0, start0), ...shared, ...otherBreakpoint(source) };
  }
  const length = perAllele(source, 'SVLEN');
  const signed = length === undefined ? undefined : Math.abs(length) * (changeType === 'DEL' ? -1 : 1);
  if (changeType === 'INS') {
    return { ...uncertain(source, start0, start0), ...shared, ...(signed === undefined ? {} : { svLength: signed }) };
  }
  const end0 = endOf(source, start0, length);
  if (end0 === undefined) return { ...uncertain(source, start0, start0), imprecise: true, ...shared };
  const svLength = signed ?? (changeType === 'DEL' ? start0 - end0 : end0 - start0);
  // CNV has no direction, so that its SVLEN keeps the sign it was given.
  return {
    ...uncertain(source, start0, end0),
    ...shared,
    svLength: changeType === 'CNV' ? (length ?? svLength) : svLength,
  };
}

/**
 * End of a DEL, DUP, INV or CNV: END, else POS + |SVLEN|; from VCF 4.4, and where the ALTs of one record differ in
 * length, SVLEN first, because END is then the end of the longest. Undefined when the record states neither, or an END
 * on another chromosome.
 */
function endOf(source: StructuralSource, start0: number, length: number | undefined): number | undefined {
  const { info, version, contig, contigLength, position, count } = source;
  const mate = textOf(info, 'CHR2');
  if (mate !== undefined && mate !== contig) return undefined;
  const byLength = length === undefined ? undefined : start0 + Math.abs(length);
  const end = numbersOf(info, 'END')[0];
  const lengths = numbersOf(info, 'SVLEN').map(Math.abs);
  const differ = count > 1 && lengths.length === count && new Set(lengths).size > 1;
  const end0 = version >= '4.4' || differ ? (byLength ?? end) : (end ?? byLength);
  if (end0 === undefined) return undefined;
  if (!Number.isInteger(end0) || end0 < start0) throw new StructuralFault(`END ${end0} lies before POS ${position}`);
  if (end0 > contigLength) {
    throw new StructuralFault(`END ${end0} lies beyond the chromosome's ${contigLength} bases; check the assembly`);
  }
  return end0;
}

/** The other breakpoint of a symbolic translocation or complex event: CHR2 with POS2 or END2, else END. */
function otherBreakpoint({ info, contig }: StructuralSource): Pick<StructuralAllele, 'mateContig' | 'mateStart0'> {
  const mateContig = textOf(info, 'CHR2') ?? contig;
  const position = numbersOf(info, 'POS2')[0] ?? numbersOf(info, 'END2')[0] ?? numbersOf(info, 'END')[0];
  if (position === undefined || !Number.isInteger(position) || position < 0) return {};
  return { mateContig, mateStart0: position };
}

/**
 * A breakend lies at the gap where the sequences join: after the base at POS for `t[p[` and `t]p]`, before it for
 * `[p[t` and `]p]t`; its mate before p for `[p[`, after p for `]p]`.
 */
function breakendAllele(source: StructuralSource): StructuralAllele {
  const { position, alt, contigLength } = source;
  const breakend = parseBreakend(alt);
  if (breakend === undefined) throw new StructuralFault(`ALT ${alt} is no breakend`);
  const basesFirst = breakend.Join === 'right';
  const start0 = Math.min(contigLength, basesFirst ? position : Math.max(0, position - 1));
  const shape = { ...uncertain(source, start0, start0), changeType: 'BND' as const };
  const [, contig, mate] = /^<?(.+?)>?:(\d+)$/.exec(breakend.MatePosition ?? '') ?? [];
  if (contig === undefined || mate === undefined) return shape;
  const matePosition = Number(mate);
  return {
    ...shape,
    mateContig: contig,
    mateStart0: breakend.MateDirection === 'right' ? Math.max(0, matePosition - 1) : matePosition,
  };
}

const certain = (start0: number, end0: number) => ({
  start0,
  end0,
  outerStart0: start0,
  outerEnd0: end0,
  innerStart0: start0,
  innerEnd0: end0,
  imprecise: false,
});

/** Widens and narrows an interval by CIPOS and CIEND. Both ends of a point (insertion, breakend) move by CIPOS. */
function uncertain(source: StructuralSource, start0: number, end0: number) {
  const point = start0 === end0;
  const startRange = confidence(source, 'CIPOS');
  const endRange = point ? startRange : confidence(source, 'CIEND');
  const flagged = source.info['IMPRECISE'] !== undefined;
  if (startRange === undefined && endRange === undefined) return { ...certain(start0, end0), imprecise: flagged };
  const [startBefore, startAfter] = startRange ?? [0, 0];
  const [endBefore, endAfter] = endRange ?? [0, 0];
  const innerStart0 = start0 + startAfter;
  const innerEnd0 = end0 + endBefore;
  const sure = innerStart0 < innerEnd0 || (point && startBefore === 0 && startAfter === 0);
  return {
    start0,
    end0,
    outerStart0: Math.max(0, start0 + startBefore),
    outerEnd0: Math.min(source.contigLength, end0 + endAfter),
    ...(sure ? { innerStart0, innerEnd0 } : {}),
    imprecise: flagged || [startBefore, startAfter, endBefore, endAfter].some((bases) => bases !== 0),
  };
}

/** `[at or before, at or after]` the stated position; a pair of wrong signs never narrows the outer interval. */
function confidence(source: StructuralSource, key: 'CIPOS' | 'CIEND'): readonly [number, number] | undefined {
  const values = numbersOf(source.info, key);
  const from = values.length >= 2 * source.count ? 2 * source.index : 0;
  const [before, after] = [values[from], values[from + 1]];
  if (before === undefined || after === undefined) return undefined;
  return [Math.min(0, before, after), Math.max(0, before, after)];
}

/** The ALT's own value of a list, or the only one. */
function perAllele({ info, index, count }: StructuralSource, key: string): number | undefined {
  const values = numbersOf(info, key);
  return values.length === count ? values[index] : values[0];
}

/** Numbers of an INFO field; missing (`.`) and absent ones are left out only when nothing else is there. */
export function numbersOf(info: Info, key: string): readonly number[] {
  const value = info[key];
  if (value === undefined || value === true) return [];
  const numbers = value.map((text) => (text === undefined || text === '.' ? Number.NaN : Number(text)));
  return numbers.every(Number.isNaN) ? [] : numbers;
}

export function textOf(info: Info, key: string): string | undefined {
  const value = info[key];
  if (value === undefined || value === true) return undefined;
  const first = value[0];
  return first === undefined || first === '.' ? undefined : String(first);
}
