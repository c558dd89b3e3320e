import type { Bindings } from '../duckdb.ts';

/** Of the text of a query. @see https://docs.aws.amazon.com/athena/latest/ug/service-limits.html */
export const LONGEST_QUERY = 262_144;
/** Of one parameter, its quotes included. @see https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html */
export const LONGEST_PARAMETER = 1024;

/** SQL with `?` in the places of values, and these as SQL literals, as Athena takes them. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly string[];
}

/** Puts parameters into the places of names. @throws RangeError for a list, or a text too long for a parameter */
export function statementOf(sql: string, bindings: Bindings): Statement {
  const parameters: string[] = [];
  const text = sql.replace(/\$([a-z_0-9]+)/g, (_, name: string) => {
    parameters.push(parameterOf(bindings[name]));
    return '?';
  });
  return { sql: text, parameters };
}

function parameterOf(value: Bindings[string] | undefined): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw new RangeError('a parameter is neither a text nor a number');
  const literal = `'${value.replaceAll("'", "''")}'`;
  if (literal.length > LONGEST_PARAMETER) throw new RangeError('a parameter is too long');
  return literal;
}
