import { REGION_KINDS, type RegionKind } from '../store/schema.ts';
import { openTsv, type TsvWriter } from './tsv.ts';

/** The subject index that stands for all subjects of an input (NULL in the file). */
export const EVERYONE = -1;

/** Collects what a test could and could not see on one chromosome, joining intervals that adjoin before writing them. */
export interface RegionCollector {
  /** Regions of one kind and subject come with ascending starts. Half-open, 0-based. */
  add(subject: number, kind: RegionKind, start0: number, end0: number): void;
  /** Rows written since the last `take`. */
  readonly rows: number;
  /** Finishes the part; undefined when nothing was collected. */
  take(): RegionPart | undefined;
}

/** Regions of one part as a TSV of subject, kind, start0 and end0. */
export interface RegionPart {
  readonly writer: TsvWriter;
  /** Rows of each subject, without those of everyone. */
  readonly counts: Int32Array;
}

export function collectRegions(subjects: number, nextPath: () => string): RegionCollector {
  const lanes = REGION_KINDS.length;
  const starts = new Int32Array((subjects + 1) * lanes).fill(-1);
  const ends = new Int32Array(starts.length);
  let writer: TsvWriter | undefined;
  let counts = new Int32Array(subjects);

  const write = (lane: number): void => {
    writer ??= openTsv(nextPath());
    const subject = Math.floor(lane / lanes) + EVERYONE;
    if (subject !== EVERYONE) counts[subject] = (counts[subject] as number) + 1;
    writer.integer(subject);
    writer.integer(lane % lanes);
    writer.integer(starts[lane] as number);
    writer.integer(ends[lane] as number);
    writer.endRow();
  };

  return {
    add(subject, kind, start0, end0) {
      if (start0 >= end0) return;
      const lane = (subject - EVERYONE) * lanes + REGION_KINDS.indexOf(kind);
      if (starts[lane] !== -1) {
        if (start0 <= (ends[lane] as number)) {
          if (end0 > (ends[lane] as number)) ends[lane] = end0;
          return;
        }
        write(lane);
      }
      starts[lane] = start0;
      ends[lane] = end0;
    },
    get rows() {
      return writer?.rows ?? 0;
    },
    take() {
      for (let lane = 0; lane < starts.length; lane++) {
        if (starts[lane] === -1) continue;
        write(lane);
        starts[lane] = -1;
      }
      if (writer === undefined) return undefined;
      writer.close();
      const taken = { writer, counts };
      writer = undefined;
      counts = new Int32Array(subjects);
      return taken;
    },
  };
}
