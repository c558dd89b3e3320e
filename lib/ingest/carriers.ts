import { floatColumn, floatOrNull, integerColumn, integerOrNull, type NumberColumn } from './columns.ts';
import type { Justifier, StatedAllele } from './justify.ts';
import { openTsv, type TsvWriter } from './tsv.ts';

/** What a sample's columns say beside the genotype. Empty for most cohort files. */
export interface CallDetail {
  phaseSet: string | undefined;
  alleleDepth: number | undefined;
  depth: number | undefined;
  alleleFraction: number | undefined;
  /** A failing FT. */
  filter: string | undefined;
  copyNumber: number | undefined;
}

/** The columns of `CallDetail`, in the order and with the names of the table that rows are joined from. */
export const DETAIL_COLUMNS = [
  ['phase_set', 'INTEGER'],
  ['allele_depth', 'INTEGER'],
  ['depth', 'INTEGER'],
  ['allele_fraction', 'FLOAT'],
  ['ft', 'INTEGER'],
  ['sample_copy_number', 'FLOAT'],
] as const;

/** Stands for no text: a row of its own in the table of texts, so that every row finds one there. */
export const NO_TEXT = -1;

/** Rows of one part: column by column, in the order they came. */
export interface CarrierRows {
  readonly sample: Int32Array;
  readonly allele: Int32Array;
  readonly call: Int32Array;
  /** Columns of `DETAIL_COLUMNS`; absent when no row has any of it. Texts are numbers of `texts`. */
  readonly details?: readonly (Int32Array | Float32Array)[];
  readonly texts: readonly string[];
}

/** One part of an input, complete: its alleles, and who carries them. */
export interface CarrierPart {
  readonly rows: number;
  readonly carriers: CarrierRows;
  /** FILTER values of the alleles; undefined when there are many. */
  readonly filters: readonly string[] | undefined;
  /** Writes the alleles that still wait for the reference. @returns the TSV of all alleles of the part */
  finish(): Promise<AlleleFile>;
}

export interface AlleleFile {
  readonly path: string;
  readonly rows: number;
  /** Longest line in bytes, for the CSV reader's limit. */
  readonly longestLine: number;
}

type Field = string | number | undefined;

/**
 * Collects alleles and their carriers. An allele is written only once it has a carrier, so that one sample of a large
 * cohort costs what it carries.
 */
export interface CarrierCollector {
  readonly rows: number;
  readonly alleles: number;
  /**
   * Takes an allele's columns and gives its number within the part. One that is stated as sequence is compared with the
   * reference and gets the columns of its justified interval.
   */
  allele(fields: readonly Field[], filter: string, stated?: StatedAllele): number;
  carry(sample: number, allele: number, call: number): void;
  carryDetailed(sample: number, allele: number, call: number, detail: CallDetail): void;
  /** Compares what was taken with the reference and writes it; scanning waits meanwhile, so that little is in memory. */
  flush(): Promise<void>;
  /** Ends the part; undefined when it has no row. The next allele starts a new one. */
  take(): CarrierPart | undefined;
}

/** More distinct FILTER values than this are text to DuckDB, and not an enumeration. */
const MOST_FILTERS = 64;

/** @param justifier of the chromosome that is being read, asked for each part; undefined for parts without such columns */
export function collectCarriers(nextPath: () => string, justifier?: () => Justifier): CarrierCollector {
  let part: OpenPart | undefined;
  return {
    get rows() {
      return part?.rows() ?? 0;
    },
    get alleles() {
      return part?.alleles() ?? 0;
    },
    allele(fields, filter, stated) {
      part ??= openPart(nextPath(), justifier?.());
      return part.allele(fields, filter, stated);
    },
    carry: (sample, allele, call) => part?.carry(sample, allele, call),
    carryDetailed: (sample, allele, call, detail) => part?.carryDetailed(sample, allele, call, detail),
    async flush() {
      await part?.flush();
    },
    take() {
      const taken = part;
      part = undefined;
      return taken === undefined || taken.rows() === 0 ? undefined : taken.close();
    },
  };
}

interface OpenPart {
  rows(): number;
  alleles(): number;
  allele: CarrierCollector['allele'];
  carry: CarrierCollector['carry'];
  carryDetailed: CarrierCollector['carryDetailed'];
  flush(): Promise<void>;
  close(): CarrierPart;
}

function openPart(path: string, justifier: Justifier | undefined): OpenPart {
  const writer = openTsv(path);
  const [sample, allele, call] = [integerColumn(), integerColumn(), integerColumn()];
  const filters = new Set<string>();
  const textNumbers = new Map<string, number>();
  let details: readonly NumberColumn[] | undefined;
  let waiting: { readonly fields: readonly Field[]; readonly stated: StatedAllele }[] = [];
  let flushing: Promise<void> = Promise.resolve();
  let number = 0;
  let longestLine = 0;

  const write = (fields: readonly Field[], justified: readonly Field[]): void => {
    writer.integer(writer.rows);
    longestLine = Math.max(longestLine, 64 + writeFields(writer, fields));
    writeFields(writer, justified);
    writer.endRow();
  };
  const drain = async (): Promise<void> => {
    const alleles = waiting;
    if (alleles.length === 0 || justifier === undefined) return;
    waiting = [];
    const intervals = await justifier.justify(alleles.map(({ stated }) => stated));
    for (const [index, { fields }] of alleles.entries()) {
      const interval = intervals[index];
      write(fields, [interval?.start0, interval?.end0]);
    }
  };
  // One at a time and in order: the scanner may go on while a part that has ended is still being compared.
  const flush = (): Promise<void> => {
    flushing = flushing.then(drain);
    return flushing;
  };
  const textNumber = (text: string | undefined): number => {
    if (text === undefined) return NO_TEXT;
    const known = textNumbers.get(text);
    if (known !== undefined) return known;
    textNumbers.set(text, textNumbers.size);
    return textNumbers.size - 1;
  };
  const carry = (ofSample: number, ofAllele: number, ofCall: number): void => {
    sample.push(ofSample);
    allele.push(ofAllele);
    call.push(ofCall);
  };
  const writeDetail = (columns: readonly NumberColumn[], detail: CallDetail): void => {
    const [phaseSet, alleleDepth, depth, alleleFraction, filter, copyNumber] = columns;
    phaseSet?.push(textNumber(detail.phaseSet));
    alleleDepth?.push(integerOrNull(detail.alleleDepth));
    depth?.push(integerOrNull(detail.depth));
    alleleFraction?.push(floatOrNull(detail.alleleFraction));
    filter?.push(textNumber(detail.filter));
    copyNumber?.push(floatOrNull(detail.copyNumber));
  };

  return {
    rows: () => sample.length,
    alleles: () => number,
    allele(fields, filter, stated) {
      if (filters.size <= MOST_FILTERS) filters.add(filter);
      if (justifier === undefined) write(fields, []);
      else if (stated === undefined) throw new Error('an allele of this part must be stated as sequence');
      else if (justifier.known) waiting.push({ fields, stated });
      else {
        justifier.pass(stated);
        write(fields, [undefined, undefined]);
      }
      return number++;
    },
    carry(ofSample, ofAllele, ofCall) {
      carry(ofSample, ofAllele, ofCall);
      if (details !== undefined) writeDetail(details, NO_DETAIL);
    },
    carryDetailed(ofSample, ofAllele, ofCall, detail) {
      if (details === undefined) {
        details = DETAIL_COLUMNS.map(([, type]) => (type === 'FLOAT' ? floatColumn() : integerColumn()));
        for (let row = 0; row < sample.length; row++) writeDetail(details, NO_DETAIL);
      }
      carry(ofSample, ofAllele, ofCall);
      writeDetail(details, detail);
    },
    flush,
    close() {
      const columns = details?.map((column) => column.values());
      return {
        rows: sample.length,
        carriers: {
          sample: sample.values() as Int32Array,
          allele: allele.values() as Int32Array,
          call: call.values() as Int32Array,
          ...(columns === undefined ? {} : { details: columns }),
          texts: [...textNumbers.keys()],
        },
        filters: filters.size <= MOST_FILTERS ? [...filters] : undefined,
        async finish() {
          await flush();
          writer.close();
          return { path, rows: writer.rows, longestLine };
        },
      };
    },
  };
}

const NO_DETAIL: CallDetail = {
  phaseSet: undefined,
  alleleDepth: undefined,
  depth: undefined,
  alleleFraction: undefined,
  filter: undefined,
  copyNumber: undefined,
};

/** @returns about how many bytes were written */
function writeFields(writer: TsvWriter, fields: readonly Field[]): number {
  let length = 0;
  for (const field of fields) {
    if (typeof field === 'number') writer.number(field);
    else writer.text(field);
    length += typeof field === 'string' ? field.length + 1 : 12;
  }
  return length;
}
