import { InvalidInputError } from '../genomics/errors.ts';
import type { DateBound, DatePrefix, DateRange } from '../operations/row.ts';

const PREFIXES: ReadonlySet<string> = new Set<DatePrefix>(['eq', 'ne', 'lt', 'gt', 'ge', 'le', 'sa', 'eb']);

/** A Period as it came in JSON, not yet looked at. */
export interface PeriodText {
  readonly start: string | undefined;
  readonly end: string | undefined;
}

/**
 * A search date: an optional prefix and a date of year, month or day precision. Without a prefix it is `eq`.
 *
 * @throws InvalidInputError, also for `ap`, whose "about" no two servers agree on
 * @see https://hl7.org/fhir/R4/search.html#date
 */
export function parseDateBound(name: string, text: string): DateBound {
  const [, prefix = '', date = ''] = /^([a-z]{2})?(.*)$/.exec(text.trim()) ?? [];
  const known = prefix === '' ? 'eq' : prefix;
  if (!isPrefix(known)) {
    throw new InvalidInputError(
      `The parameter ${name} has the prefix "${prefix}"; known are ${[...PREFIXES].join(', ')}`,
      name,
    );
  }
  if (!isDate(date)) {
    throw new InvalidInputError(`The parameter ${name} needs a date as YYYY, YYYY-MM or YYYY-MM-DD`, name);
  }
  return { prefix: known, date };
}

/**
 * A FHIR Period as two bounds, both inclusive. A time of day is dropped, because tests are dated by the day.
 *
 * @throws InvalidInputError
 */
export function parsePeriod(name: string, period: PeriodText): DateRange {
  const bounds: DateBound[] = [];
  if (period.start !== undefined) bounds.push({ prefix: 'ge', date: dateOf(name, period.start) });
  if (period.end !== undefined) bounds.push({ prefix: 'le', date: dateOf(name, period.end) });
  const [first, second] = bounds;
  if (first === undefined) throw new InvalidInputError(`The parameter ${name} needs a start or an end`, name);
  if (second !== undefined) {
    const precision = Math.min(first.date.length, second.date.length);
    if (first.date.slice(0, precision) > second.date.slice(0, precision)) {
      throw new InvalidInputError(`The parameter ${name} ends before it starts`, name);
    }
  }
  return { bounds };
}

function dateOf(name: string, dateTime: string): string {
  const date = dateTime.replace(/T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/, '');
  if (!isDate(date)) throw new InvalidInputError(`The parameter ${name} has a start or end that is no date`, name);
  return date;
}

function isPrefix(text: string): text is DatePrefix {
  return PREFIXES.has(text);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
  if (match === null) return false;
  const [, year = '', month = '01', day = '01'] = match;
  // Day 0 of the next month is the last of this one.
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days && year !== '0000';
}
