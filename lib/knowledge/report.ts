import type { Place } from '../ingest/fault.ts';

/** A row of a source that can't become knowledge, and why. */
export interface UnusableRow extends Place {
  /** One of few fixed phrases, so that rows can be counted by it. */
  readonly reason: string;
  /** What the source calls the row: an id or a name. */
  readonly item: string;
}

/** What became of the rows of a source. */
export interface ImportReport {
  /** Rows read, usable or not. */
  readonly read: number;
  /** Rows (or parts of rows) that can't be used, by reason. */
  readonly unusable: ReadonlyMap<string, number>;
  row(): void;
  refuse(place: Place, reason: string, item: string): void;
}

/** @param list gets every unusable row as it is met; nothing is kept but the counts, so that memory stays flat */
export function createReport(list: (row: UnusableRow) => void): ImportReport {
  const unusable = new Map<string, number>();
  let read = 0;
  return {
    get read() {
      return read;
    },
    unusable,
    row() {
      read++;
    },
    refuse(place, reason, item) {
      unusable.set(reason, (unusable.get(reason) ?? 0) + 1);
      list({ ...place, reason, item });
    },
  };
}
