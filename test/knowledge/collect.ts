import { createReport, type ImportReport, type UnusableRow } from '../../lib/knowledge/report.ts';

export interface Collected<Row> {
  readonly rows: readonly Row[];
  readonly report: ImportReport;
  readonly listed: readonly UnusableRow[];
}

/** Reads a whole source into memory, which its readers never do. */
export async function collect<Row>(
  read: (report: ImportReport) => AsyncIterable<readonly Row[]>,
): Promise<Collected<Row>> {
  const listed: UnusableRow[] = [];
  const report = createReport((row) => listed.push(row));
  const rows: Row[] = [];
  for await (const batch of read(report)) rows.push(...batch);
  return { rows, report, listed };
}
