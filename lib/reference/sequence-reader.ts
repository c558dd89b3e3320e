/** A sequence of a file, as the file names it. */
export interface SequenceEntry {
  readonly name: string;
  /** What follows the name on the header line; may be empty. */
  readonly description: string;
  /** Bases. */
  readonly length: number;
}

/** A file of sequences that can be read in pieces. */
export interface SequenceReader {
  /** For messages; without folders. */
  readonly file: string;
  readonly entries: readonly SequenceEntry[];
  /** Bases `[start, end)` of a sequence as the file has them; `end` is within its length. @throws UnavailableError */
  read(name: string, start: number, end: number): Promise<string>;
  close(): Promise<void>;
}
