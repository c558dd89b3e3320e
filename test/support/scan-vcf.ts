import type { SourceClass } from '../../lib/genomics/allele.ts';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import { openLines } from '../../lib/ingest/bytes.ts';
import type { CarrierCollector } from '../../lib/ingest/carriers.ts';
import { resolveContigs } from '../../lib/ingest/contigs.ts';
import { parseHeader } from '../../lib/ingest/header.ts';
import { type RecordReader, recordReader } from '../../lib/ingest/records.ts';
import type { RegionCollector } from '../../lib/ingest/regions.ts';

/** A carrier row as the scanner gives it. */
export interface ScannedCarrier {
  readonly line: number;
  readonly sample: number;
  /** Columns of the allele, in the order of the part's file. */
  readonly allele: readonly (string | number | undefined)[];
  readonly genotype: string | undefined;
}

/** Reads a whole file as ingest does, all samples, without writing anything. */
export async function scanVcf(
  path: string,
  assembly: Assembly,
  sourceClass: SourceClass,
  seen: (carrier: ScannedCarrier) => void = () => undefined,
  lastLine = Number.POSITIVE_INFINITY,
): Promise<RecordReader['findings']> {
  let records: RecordReader | undefined;
  let line = 0;
  const headerLines: string[] = [];
  const collector = (): CarrierCollector => {
    const alleles: (readonly (string | number | undefined)[])[] = [];
    const carry = (sample: number, allele: number, call: number): void =>
      seen({ line, sample, allele: alleles[allele] ?? [], genotype: records?.calls[call]?.genotype });
    return {
      rows: 0,
      alleles: 0,
      flush: async () => undefined,
      allele: (fields) => alleles.push(fields) - 1,
      carry,
      carryDetailed: carry,
      take: () => undefined,
    };
  };
  const regions: RegionCollector = { rows: 0, add: () => undefined, take: () => undefined };
  const begin = (): RecordReader => {
    const header = parseHeader('scanned', headerLines);
    const wanted = Int32Array.from(header.samples.keys());
    const sexes = Array.from({ length: Math.max(1, wanted.length) }, () => undefined);
    const names = resolveContigs('scanned', assembly, header.contigs);
    const sink = {
      variants: collector(),
      structural: collector(),
      regions,
      consequences: undefined,
      enter: () => undefined,
    };
    return recordReader(
      { file: 'scanned', assembly, header, names, wanted, sexes, sourceClass, blockQuality: 20 },
      sink,
    );
  };
  for await (const { bytes, firstLine } of (await openLines(path)).blocks) {
    line = firstLine;
    for (let start = 0; start < bytes.length; line++) {
      if (line > lastLine) return (records ?? begin()).findings;
      const next = bytes.indexOf(10, start);
      const end = next < 0 ? bytes.length : next;
      if (records === undefined && bytes[start] === 35) headerLines.push(bytes.toString('utf8', start, end));
      else {
        records ??= begin();
        records.read(bytes, start, end, line);
      }
      start = end + 1;
    }
  }
  return (records ?? begin()).findings;
}
