import { trim } from '../genomics/allele.ts';
import type { ConsequenceAnnotation } from '../genomics/consequence/annotation.ts';
import type { BcsqAnnotation } from '../genomics/consequence/bcsq.ts';
import { interbase } from '../genomics/coordinates.ts';
import type { AnnotationSource } from './header.ts';
import type { RecordColumns } from './scanner.ts';
import { openTsv, type TsvWriter } from './tsv.ts';

/** Collects what the annotations of a file say of the alleles that someone carries, chromosome by chromosome. */
export interface ConsequenceCollector {
  /** Rows written since the last `take`. */
  readonly rows: number;
  /** Takes the annotations of the n-th ALT (0-based) of the record in line `line`. */
  add(line: number, record: RecordColumns, alts: readonly string[], index: number): void;
  /** Ends the part; undefined when nothing was collected. */
  take(): ConsequencePart | undefined;
}

/** Rows of one part as a TSV of {@link CONSEQUENCE_FIELDS}. */
export interface ConsequencePart {
  readonly writer: TsvWriter;
  /** Longest line in bytes, for the CSV reader's limit. */
  readonly longestLine: number;
}

/** Columns of a part's TSV. */
export const CONSEQUENCE_FIELDS =
  'start0 INTEGER, end0 INTEGER, reported_start0 INTEGER, ref VARCHAR, alt VARCHAR, ordinal INTEGER, tool VARCHAR, transcript VARCHAR, gene VARCHAR, gene_id VARCHAR, biotype VARCHAR, consequences VARCHAR, unknown_terms VARCHAR, impact VARCHAR, c_hgvs VARCHAR, p_hgvs VARCHAR, protein VARCHAR';

type Annotation = ConsequenceAnnotation | BcsqAnnotation;
type Named = readonly [tool: string, annotation: Annotation];

/**
 * @param undecided called for each annotation of a record with several ALTs that doesn't tell which one it is about:
 * it is left out
 */
export function collectConsequences(
  sources: readonly AnnotationSource[],
  nextPath: () => string,
  undecided: () => void,
): ConsequenceCollector {
  const values = sources.map(({ key }) => new RegExp(`(?:^|;)${key.replace(/[.+]/g, '\\$&')}=([^;]*)`));
  let writer: TsvWriter | undefined;
  let longestLine = 0;
  let parsedLine = -1;
  let parsed: readonly Named[] = [];

  const parse = (record: RecordColumns, alts: readonly string[]): readonly Named[] => {
    const { position, ref, info } = record;
    return sources.flatMap(({ name, parse: read }, place) => {
      const value = values[place]?.exec(info)?.[1];
      if (value === undefined || value === '' || value === '.') return [];
      const all = read(value, { position, ref, alts });
      // A joint consequence is told in another record; alone, this allele has its own.
      return all
        .filter((one) => !('seePosition' in one) || one.seePosition === undefined)
        .map((one): Named => [name, one]);
    });
  };
  const write = (out: TsvWriter, fields: readonly (string | number | undefined)[]): void => {
    let length = 0;
    for (const field of fields) {
      if (typeof field === 'number') out.integer(field);
      else out.text(field);
      length += typeof field === 'string' ? field.length * 3 + 1 : 12;
    }
    out.endRow();
    if (length > longestLine) longestLine = length;
  };

  return {
    get rows() {
      return writer?.rows ?? 0;
    },
    add(line, record, alts, index) {
      if (line !== parsedLine) {
        parsed = parse(record, alts);
        parsedLine = line;
        for (const [, { altNumber }] of parsed) if (altNumber === undefined) undecided();
      }
      if (parsed.length === 0) return;
      const [ref, alt] = [record.ref.toUpperCase(), (alts[index] as string).toUpperCase()];
      const reported = interbase(record.position - 1);
      const { start0, end0 } = trim(reported, ref, alt);
      for (const [tool, one] of parsed) {
        if (one.altNumber !== index + 1) continue;
        writer ??= openTsv(nextPath());
        const { transcript, gene, geneId, biotype, impact, cHgvs, pHgvs, protein } = one;
        const [codes, unknown] = [one.consequences, one.unknownConsequences].map((list) => list.join('&') || undefined);
        const names = [tool, transcript, gene, geneId, biotype, codes, unknown, impact, cHgvs, pHgvs, protein];
        write(writer, [start0, end0, reported, ref, alt, writer.rows, ...names]);
      }
    },
    take() {
      if (writer === undefined) return undefined;
      writer.close();
      const taken = { writer, longestLine };
      writer = undefined;
      longestLine = 0;
      return taken;
    },
  };
}
