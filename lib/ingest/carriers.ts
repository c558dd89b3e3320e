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

/** Finished TSVs of one part: alleles, and who carries them. */
export interface CarrierPart {
  readonly alleles: string;
  /** Rows of sample, allele and call. */
  readonly plain: TsvWriter;
  /** Rows with the columns of `CallDetail` too. */
  readonly detailed: TsvWriter;
  readonly rows: number;
  /** Longest allele line in bytes, for the CSV reader's limit. */
  readonly longestLine: number;
}

/**
 * Collects alleles and their carriers as narrow integer rows. An allele is written only once it has a carrier, so that
 * one sample of a large cohort costs what it carries.
 */
export interface CarrierCollector {
  readonly rows: number;
  /** Writes an allele's columns and gives its number within the part. */
  allele(fields: readonly (string | number | undefined)[]): number;
  carry(sample: number, allele: number, call: number): void;
  carryDetailed(sample: number, allele: number, call: number, detail: CallDetail): void;
  /** Finishes the part; undefined when it has no row. The next allele starts a new one. */
  take(): CarrierPart | undefined;
}

export function collectCarriers(nextPath: () => string): CarrierCollector {
  let files: { alleles: TsvWriter; plain: TsvWriter; detailed: TsvWriter } | undefined;
  let longestLine = 0;

  const open = () => {
    files ??= { alleles: openTsv(nextPath()), plain: openTsv(nextPath()), detailed: openTsv(nextPath()) };
    return files;
  };
  const rows = (): number => (files === undefined ? 0 : files.plain.rows + files.detailed.rows);
  const head = (writer: TsvWriter, sample: number, allele: number, call: number): void => {
    writer.integer(sample);
    writer.integer(allele);
    writer.integer(call);
  };

  return {
    get rows() {
      return rows();
    },
    allele(fields) {
      const { alleles } = open();
      const number = alleles.rows;
      alleles.integer(number);
      let length = 16;
      for (const field of fields) {
        if (typeof field === 'number') alleles.number(field);
        else alleles.text(field);
        length += typeof field === 'string' ? field.length + 1 : 12;
      }
      alleles.endRow();
      if (length > longestLine) longestLine = length;
      return number;
    },
    carry(sample, allele, call) {
      const { plain } = open();
      head(plain, sample, allele, call);
      plain.endRow();
    },
    carryDetailed(sample, allele, call, detail) {
      const { detailed } = open();
      head(detailed, sample, allele, call);
      detailed.text(detail.phaseSet);
      detailed.number(detail.alleleDepth);
      detailed.number(detail.depth);
      detailed.number(detail.alleleFraction);
      detailed.text(detail.filter);
      detailed.number(detail.copyNumber);
      detailed.endRow();
    },
    take() {
      if (files === undefined) return undefined;
      const { alleles, plain, detailed } = files;
      for (const writer of [alleles, plain, detailed]) writer.close();
      const part = { alleles: alleles.path, plain, detailed, rows: rows(), longestLine };
      files = undefined;
      longestLine = 0;
      return part;
    },
  };
}
