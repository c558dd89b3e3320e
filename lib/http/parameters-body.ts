import { InvalidInputError } from '../genomics/errors.ts';
import type { PeriodText } from './date-range.ts';

/**
 * One value of one parameter. `text` came from a URL or a form and may mean any type; the others carry the type
 * they had in JSON.
 */
export type ParameterValue =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'boolean'; readonly boolean: boolean }
  | { readonly type: 'period'; readonly period: PeriodText };

/** R4 types that are strings in JSON and that a string or code parameter may come as. */
const STRINGS = new Set(['valueString', 'valueCode', 'valueId', 'valueUri', 'valueUrl', 'valueCanonical']);

/**
 * Reads a FHIR `Parameters` resource: the values of the named parameters, in order; others are ignored.
 *
 * @throws InvalidInputError naming the parameter where one is at fault
 */
export function parametersBody(
  text: string,
  names: ReadonlySet<string>,
): ReadonlyMap<string, readonly ParameterValue[]> {
  const values = new Map<string, ParameterValue[]>();
  for (const entry of parameterEntries(text)) {
    if (!isObject(entry) || typeof entry['name'] !== 'string') {
      throw new InvalidInputError('Every Parameters.parameter needs a name', 'Parameters.parameter');
    }
    const name = entry['name'];
    if (!names.has(name)) continue;
    const value = parameterValue(name, entry);
    const earlier = values.get(name);
    if (earlier === undefined) values.set(name, [value]);
    else earlier.push(value);
  }
  return values;
}

function parameterEntries(text: string): readonly unknown[] {
  const body = parseJson(text);
  if (!isObject(body) || body['resourceType'] !== 'Parameters') {
    throw new InvalidInputError('The body has to be a FHIR Parameters resource', 'Parameters');
  }
  const entries = body['parameter'] ?? [];
  if (!Array.isArray(entries)) throw new InvalidInputError('Parameters.parameter has to be a list', 'Parameters');
  return entries;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError('The body is not JSON', 'Parameters', { cause });
  }
}

function parameterValue(name: string, entry: Readonly<Record<string, unknown>>): ParameterValue {
  const keys = Object.keys(entry).filter((key) => key.startsWith('value') || key === 'resource' || key === 'part');
  const [key, another] = keys;
  if (key === undefined) throw new InvalidInputError(`The parameter ${name} has no value`, name);
  if (another !== undefined) throw new InvalidInputError(`The parameter ${name} has more than one value`, name);
  const value = entry[key];
  if (STRINGS.has(key) && typeof value === 'string') return { type: 'string', text: value };
  if (key === 'valueBoolean' && typeof value === 'boolean') return { type: 'boolean', boolean: value };
  if (key === 'valuePeriod' && isObject(value)) return { type: 'period', period: periodOf(name, value) };
  throw new InvalidInputError(`The parameter ${name} can't be sent as ${key}`, name);
}

function periodOf(name: string, value: Readonly<Record<string, unknown>>): PeriodText {
  const { start, end } = value;
  if ((start !== undefined && typeof start !== 'string') || (end !== undefined && typeof end !== 'string')) {
    throw new InvalidInputError(`The parameter ${name} has a start or end that is no date`, name);
  }
  return { start, end };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
