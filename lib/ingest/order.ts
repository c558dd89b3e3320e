import { fault, type Place, quoted } from './fault.ts';

/**
 * Checks that records come sorted: positions ascend within a contig and no contig comes back.
 *
 * @returns whether the record begins a new contig
 * @throws InvalidInputError naming the line out of order.
 */
export type OrderGuard = (place: Place, contig: string, position: number) => boolean;

export function orderGuard(): OrderGuard {
  const seen = new Set<string>();
  let current: string | undefined;
  let last = 0;
  return (place, contig, position) => {
    if (contig === current) {
      if (position < last) {
        throw fault(place, `POS ${position} comes after ${last}; sort the file, for example with bcftools sort`);
      }
      last = position;
      return false;
    }
    if (seen.has(contig)) {
      throw fault(
        place,
        `${quoted(contig)} comes back after another contig; sort the file, for example with bcftools sort`,
      );
    }
    seen.add(contig);
    current = contig;
    last = position;
    return true;
  };
}
