import type { Observation, ParametersParameter } from '@medplum/fhirtypes';

/**
 * Turns rows into `variant` parts, the same Observation never twice. Rows come by position and equal rows have equal
 * positions, so only the ids of the current position are kept.
 */
export function variantParts<Row extends { readonly start0: number }>(
  observationOf: (row: Row) => Observation,
  seen: (row: Row, id: string) => void = () => {},
): (rows: readonly Row[]) => readonly ParametersParameter[] {
  const ids = new Set<string>();
  let position = -1;
  return (rows) =>
    rows.flatMap((row) => {
      const resource = observationOf(row);
      const id = resource.id ?? '';
      if (row.start0 !== position) ids.clear();
      position = row.start0;
      if (ids.has(id)) return [];
      ids.add(id);
      seen(row, id);
      return [{ name: 'variant', resource }];
    });
}
