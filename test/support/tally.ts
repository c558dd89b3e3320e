/** Counts the rows of a table of truths, and says of every row that was not compared why. */
export interface Tally {
  pass(): void;
  skip(reason: string, row: string): void;
  differ(row: string, got: string): void;
  readonly passed: number;
  readonly differing: readonly string[];
  /** Prints the counts, one line per reason with its first rows. */
  print(title: string): void;
}

export function tally(): Tally {
  let passed = 0;
  const skipped = new Map<string, string[]>();
  const differing: string[] = [];
  return {
    pass() {
      passed++;
    },
    skip(reason, row) {
      const rows = skipped.get(reason);
      if (rows === undefined) skipped.set(reason, [row]);
      else rows.push(row);
    },
    differ(row, got) {
      differing.push(`${row}: got ${got}`);
    },
    get passed() {
      return passed;
    },
    differing,
    print(title) {
      const reasons = [...skipped].map(
        ([reason, rows]) =>
          `  skipped ${rows.length}: ${reason}${rows.length > 0 ? ` (${rows.slice(0, 3).join('; ')}${rows.length > 3 ? '; ...' : ''})` : ''}`,
      );
      console.log([`${title}: ${passed} rows passed, ${differing.length} differ`, ...reasons].join('\n'));
    },
  };
}
