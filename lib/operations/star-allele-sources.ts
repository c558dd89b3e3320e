import type { CalledRow } from '../genomics/star-allele/position-call.ts';
import type { Germline } from './population-ports.ts';
import type { RangeQuestion } from './ports.ts';

type RowsOfPositions = ReadonlyMap<number, readonly CalledRow[]>;

/** Rows near positions, by whom they are of. */
export interface SourceRows {
  /**
   * Names what each source has near some positions: equal names mean equal rows with equal phases.
   *
   * @returns the name of a source, and the rows of each name by position
   */
  namesOf(positions: ReadonlySet<number>): readonly [(source: number) => string, ReadonlyMap<string, RowsOfPositions>];
}

interface Held {
  /** Number of the row without its phase set. */
  readonly row: number;
  readonly phaseSet: string | undefined;
}

/** Reads the rows near positions, of everyone. @throws UnavailableError */
export async function sourceRows(germline: Germline, questions: readonly RangeQuestion[]): Promise<SourceRows> {
  const rows: { readonly index: number; readonly row: CalledRow }[] = [];
  const numbers = new Map<string, number>();
  const held = new Map<number, Held[]>();
  for (const { index, row: found, sources } of await germline.calls(questions)) {
    const { phaseSet, ...row } = found;
    const name = JSON.stringify([index, row]);
    const number = numbers.get(name) ?? rows.push({ index, row }) - 1;
    numbers.set(name, number);
    for (const source of sources) {
      const own = held.get(source);
      if (own === undefined) held.set(source, [{ row: number, phaseSet }]);
      else own.push({ row: number, phaseSet });
    }
  }
  for (const own of held.values()) own.sort((a, b) => a.row - b.row);

  return {
    namesOf(positions) {
      const names = new Map<number, string>();
      const distinct = new Map<string, RowsOfPositions>([['', new Map()]]);
      for (const [source, all] of held) {
        const own = all.filter(({ row }) => positions.has(rows[row]?.index ?? -1));
        if (own.length === 0) continue;
        const inOrder = withPhaseOrder(own);
        const name = inOrder.map(({ row, phase }) => (phase === undefined ? row : `${row}~${phase}`)).join();
        names.set(source, name);
        if (!distinct.has(name)) distinct.set(name, rowsOf(inOrder));
      }
      return [(source) => names.get(source) ?? '', distinct];
    },
  };

  function rowsOf(inOrder: readonly Phased[]): RowsOfPositions {
    const byPosition = new Map<number, CalledRow[]>();
    for (const { row: number, phase } of inOrder) {
      const { index, row } = rows[number] as (typeof rows)[number];
      const own = byPosition.get(index) ?? [];
      byPosition.set(index, own);
      own.push(phase === undefined ? row : { ...row, phaseSet: String(phase) });
    }
    return byPosition;
  }
}

interface Phased {
  readonly row: number;
  readonly phase: number | undefined;
}

/** Phase sets are called as each person's file likes: only which rows share one matters, so they are numbered anew. */
function withPhaseOrder(held: readonly Held[]): readonly Phased[] {
  const order = new Map<string, number>();
  return held.map(({ row, phaseSet }) => {
    if (phaseSet === undefined) return { row, phase: undefined };
    const phase = order.get(phaseSet) ?? order.size;
    order.set(phaseSet, phase);
    return { row, phase };
  });
}
