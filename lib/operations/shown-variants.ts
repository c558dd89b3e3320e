import type { Observation, ParametersParameter } from '@medplum/fhirtypes';

/**
 * Turns rows into `variant` parts, the same Observation never twice. Rows of one study come by position and equal rows
 * have equal positions, so only the ids of the current position are kept.
 *
 * @param observationsOf one Observation for each row, in order
 */
export function variantParts<Row extends { readonly start0: number }>(
  observationsOf: (rows: readonly Row[]) => Promise<readonly Observation[]>,
  seen: (row: Row, id: string) => void = () => {},
): (rows: readonly Row[]) => Promise<readonly ParametersParameter[]> {
  const ids = new Set<string>();
  let position = -1;
  return async (rows) => {
    const observations = await observationsOf(rows);
    return rows.flatMap((row, place) => {
      const resource = observations[place];
      if (resource === undefined) throw new Error('a row has no Observation');
      const id = resource.id ?? '';
      if (row.start0 !== position) ids.clear();
      position = row.start0;
      if (ids.has(id)) return [];
      ids.add(id);
      seen(row, id);
      return [{ name: 'variant', resource }];
    });
  };
}
