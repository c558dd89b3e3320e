/**
 * Places of rows in ascending order of sample, and within a sample of the rank of their allele. Two stable counting
 * sorts: 2 million rows take 50 ms, a tenth of what sorting them in DuckDB takes.
 *
 * @param rank place of each allele among all alleles of the part
 */
export function inSubjectOrder(
  sample: Int32Array,
  allele: Int32Array,
  rank: Int32Array,
  samples: number,
): Int32Array<ArrayBuffer> {
  const ranks = new Int32Array(allele.length);
  const rows = new Int32Array(allele.length);
  let sorted = true;
  for (let row = 0, last = -1; row < allele.length; row++) {
    const own = rank[allele[row] as number] as number;
    ranks[row] = own;
    rows[row] = row;
    sorted &&= own >= last;
    last = own;
  }
  return countingSort(sorted ? rows : countingSort(rows, ranks, rank.length), sample, samples);
}

/** @param key of each row, less than `keys` */
function countingSort(rows: Int32Array, key: Int32Array, keys: number): Int32Array<ArrayBuffer> {
  const starts = new Int32Array(keys + 1);
  for (let i = 0; i < key.length; i++) (starts[(key[i] as number) + 1] as number)++;
  for (let i = 0; i < keys; i++) (starts[i + 1] as number) += starts[i] as number;
  const sorted = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    sorted[(starts[key[row] as number] as number)++] = row;
  }
  return sorted;
}

/** Rows `[from, to)` of a subject order, of the samples `first` to `last`. */
export interface SubjectRange {
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Cuts rows in order of sample into ranges of at most `most` rows, each of whole samples and of at least one.
 *
 * @param counts rows of each sample
 */
export function cutAtSubjects(counts: Int32Array, most: number): SubjectRange[] {
  const ranges: { from: number; to: number; first: number; last: number }[] = [];
  let from = 0;
  for (const [sample, count] of counts.entries()) {
    if (count === 0) continue;
    const range = ranges.at(-1);
    if (range !== undefined && range.to - range.from + count <= most) {
      range.to += count;
      range.last = sample;
    } else {
      ranges.push({ from, to: from + count, first: sample, last: sample });
    }
    from += count;
  }
  return ranges;
}

/** How many rows each sample has. */
export function countBySample(sample: Int32Array, samples: number): Int32Array<ArrayBuffer> {
  const counts = new Int32Array(samples);
  for (let row = 0; row < sample.length; row++) (counts[sample[row] as number] as number)++;
  return counts;
}
