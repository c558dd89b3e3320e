import { InvalidInputError, RequiredInputError } from '../genomics/errors.ts';
import type { DateRange, Input, OperationRow, ParameterRow } from '../operations/row.ts';
import { parseDateBound, parsePeriod } from './date-range.ts';
import { tooCostly } from './errors.ts';
import { bodyTypeOf } from './negotiate.ts';
import { type ParameterValue, parametersBody } from './parameters-body.ts';
import { multimap, type OperationRequest } from './request.ts';

/** Most values one list parameter may have. */
export const MAX_LIST_VALUES = 10_000;

type Parsed = string | boolean | DateRange | readonly string[] | readonly (readonly string[])[];

/**
 * Reads an operation's input by its row: from the query with GET, from the body with POST. Parameters that the row
 * does not have are ignored. The text of a parameter has one grammar wherever it stands, so GET and POST agree.
 *
 * @throws InvalidInputError naming the parameter that is malformed
 * @throws RequiredInputError naming the parameter that is missing
 * @throws HttpError 413 for too many values or too large a body, 415 for a body of another media type
 */
export async function parseInput<R extends Pick<OperationRow, 'in'>>(
  row: R,
  request: OperationRequest,
): Promise<Input<R>> {
  const values = await valuesOf(row, request);
  const input: Record<string, Parsed> = {};
  for (const [name, parameter] of Object.entries(row.in)) {
    const given = values.get(name);
    if (given !== undefined) input[name] = parse(name, parameter, given);
    else if (parameter.min === 1) throw new RequiredInputError(`The parameter ${name} is required`, name);
  }
  // The loop above made one property per parameter of the row, of the type that Input says.
  return input as Input<R>;
}

async function valuesOf(
  row: Pick<OperationRow, 'in'>,
  request: OperationRequest,
): Promise<ReadonlyMap<string, readonly ParameterValue[]>> {
  if (request.method !== 'POST') return texts(request.query);
  for (const name of request.query.keys()) {
    if (Object.hasOwn(row.in, name)) {
      throw new InvalidInputError(`With POST the parameter ${name} belongs in the body, not in the URL`, name);
    }
  }
  const type = bodyTypeOf(request);
  const text = await request.text();
  if (type === 'form') return texts(multimap(new URLSearchParams(text)));
  return parametersBody(text, new Set(Object.keys(row.in)));
}

function texts(map: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly ParameterValue[]> {
  return new Map([...map].map(([name, values]) => [name, values.map((text) => ({ type: 'text', text }) as const)]));
}

function parse(name: string, row: ParameterRow, values: readonly ParameterValue[]): Parsed {
  if (row.type === 'Period') return parseDateRange(name, values);
  if (row.repetition === 'and') return parseLists(name, values);
  if (row.max === '*') return parseLists(name, values).flat();
  const [value, another] = values;
  if (value === undefined) throw new RequiredInputError(`The parameter ${name} has no value`, name);
  if (another !== undefined) throw new InvalidInputError(`The parameter ${name} may be given only once`, name);
  if (row.type === 'boolean') return parseBoolean(name, value);
  const items = splitList(stringOf(name, value));
  const [item = ''] = items;
  if (items.length > 1) {
    throw new InvalidInputError(`The parameter ${name} takes one value; write a comma inside a value as \\,`, name);
  }
  return nonEmpty(name, item);
}

/** A comma-separated list for each time the parameter is given, order kept. */
function parseLists(name: string, values: readonly ParameterValue[]): readonly (readonly string[])[] {
  let left = MAX_LIST_VALUES;
  return values.map((value) => {
    const list = splitList(stringOf(name, value)).map((item) => nonEmpty(name, item));
    left -= list.length;
    if (left < 0) {
      throw tooCostly(`The parameter ${name} has more than ${MAX_LIST_VALUES} values; split the question`, name);
    }
    return list;
  });
}

/** One or two prefixed dates, which all must hold, or one Period. */
function parseDateRange(name: string, values: readonly ParameterValue[]): DateRange {
  const [first] = values;
  if (first?.type === 'period') {
    if (values.length > 1) throw new InvalidInputError(`The parameter ${name} may be given only once`, name);
    return parsePeriod(name, first.period);
  }
  if (values.length > 2) throw new InvalidInputError(`The parameter ${name} takes at most two dates`, name);
  return {
    bounds: values.map((value) => {
      if (value.type !== 'text') throw wrongType(name, 'valuePeriod');
      return parseDateBound(name, value.text);
    }),
  };
}

function parseBoolean(name: string, value: ParameterValue): boolean {
  if (value.type === 'boolean') return value.boolean;
  if (value.type === 'text' && value.text === 'true') return true;
  if (value.type === 'text' && value.text === 'false') return false;
  if (value.type === 'text') throw new InvalidInputError(`The parameter ${name} has to be true or false`, name);
  throw wrongType(name, 'valueBoolean');
}

function stringOf(name: string, value: ParameterValue): string {
  if (value.type === 'text' || value.type === 'string') return value.text;
  throw wrongType(name, 'valueString');
}

function nonEmpty(name: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') throw new InvalidInputError(`The parameter ${name} has an empty value`, name);
  return trimmed;
}

function wrongType(name: string, expected: string): InvalidInputError {
  return new InvalidInputError(`The parameter ${name} has to be sent as ${expected}`, name);
}

/**
 * Splits at commas, of which `\,` is none, and takes FHIR's escapes (`\,` `\|` `\$` `\\`) away.
 * @see https://hl7.org/fhir/R4/search.html#escaping
 */
function splitList(text: string): readonly string[] {
  if (!text.includes(',') && !text.includes('\\')) return [text];
  const items: string[] = [];
  let item = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (character === '\\' && next !== '' && ',|$\\'.includes(next)) {
      item += next;
      at++;
    } else if (character === ',') {
      items.push(item);
      item = '';
    } else {
      item += character;
    }
  }
  items.push(item);
  return items;
}
