import { basename } from 'node:path';
import type { Chromosome } from '../genomics/assembly.ts';
import { openLines } from './bytes.ts';
import type { ContigNames } from './contigs.ts';
import { fault, quoted } from './fault.ts';

/** The regions of a BED, merged and ascending, half-open 0-based `[start0, end0]` pairs by chromosome. */
export interface BedRegions {
  readonly regions: ReadonlyMap<Chromosome, readonly (readonly [number, number])[]>;
  readonly sha256: string;
  /** Lines on contigs outside the primary assembly. */
  readonly outside: number;
}

/**
 * Reads a BED file (plain or gzip). Comments, `track` and `browser` lines are passed over.
 *
 * @throws InvalidInputError for a line that states no interval or reaches beyond its chromosome.
 * @see https://samtools.github.io/hts-specs/BEDv1.pdf
 */
export async function readBed(path: string, names: ContigNames): Promise<BedRegions> {
  const file = basename(path);
  const reader = await openLines(path);
  const found = new Map<Chromosome, [number, number][]>();
  let outside = 0;
  for await (const { bytes, firstLine } of reader.blocks) {
    for (const [index, text] of bytes.toString('utf8').split('\n').entries()) {
      if (text === '' || /^(#|track\b|browser\b)/.test(text)) continue;
      const place = { file, line: firstLine + index };
      const [name, start, end] = text.split(/[\t ]+/);
      if (name === undefined || !/^\d{1,10}$/.test(start ?? '') || !/^\d{1,10}$/.test(end ?? '')) {
        throw fault(place, 'not a BED line: write chromosome, start (0-based) and end, separated by tabs');
      }
      const contig = names.contig(name);
      if (contig === undefined) {
        outside++;
        continue;
      }
      const [start0, end0] = [Number(start), Number(end)];
      if (start0 > end0) throw fault(place, `the region ends (${end0}) before it starts (${start0})`);
      if (end0 > contig.length) {
        throw fault(
          place,
          `${quoted(name)} has ${contig.length} bases, the region ends at ${end0}; check the assembly`,
        );
      }
      const regions = found.get(contig.chromosome);
      if (regions === undefined) found.set(contig.chromosome, [[start0, end0]]);
      else regions.push([start0, end0]);
    }
  }
  const regions = new Map([...found].map(([chromosome, list]) => [chromosome, merge(list)] as const));
  return { regions, sha256: reader.sha256(), outside };
}

/** Sorts and joins regions that overlap or adjoin; empty ones vanish. */
export function merge(regions: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const merged: [number, number][] = [];
  for (const [start0, end0] of regions.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start0 <= last[1]) last[1] = Math.max(last[1], end0);
    else merged.push([start0, end0]);
  }
  return merged;
}
