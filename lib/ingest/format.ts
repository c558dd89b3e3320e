import { fault, type Place, quoted } from './fault.ts';
import { digits } from './scanner.ts';

/** Where the fields this archive reads stand in a FORMAT; -1 when absent. */
export interface FormatLayout {
  readonly keys: number;
  readonly gt: boolean;
  readonly ad: number;
  readonly dp: number;
  readonly minDp: number;
  /** AF, else VAF. */
  readonly af: number;
  readonly ps: number;
  readonly ft: number;
  readonly cn: number;
  /** GQ, else GATK's RGQ of reference records. */
  readonly gq: number;
  /** VCF 4.5's length of a sample's reference block. */
  readonly len: number;
  /** Whether a carrier's row needs more than its genotype. */
  readonly detailed: boolean;
}

const KEY = /^[A-Za-z_][0-9A-Za-z_.]*$/;

/** @throws InvalidInputError when a key is malformed, stated twice, or GT is not the first. */
export function parseFormat(place: Place, format: string): FormatLayout {
  const keys = format === '' || format === '.' ? [] : format.split(':');
  for (const [index, key] of keys.entries()) {
    if (!KEY.test(key)) throw fault(place, `FORMAT key ${quoted(key)} is not a name`);
    if (keys.indexOf(key) !== index) throw fault(place, `FORMAT lists ${key} twice`);
  }
  const at = (...names: readonly string[]): number => {
    const name = names.find((candidate) => keys.includes(candidate));
    return name === undefined ? -1 : keys.indexOf(name);
  };
  if (at('GT') > 0) throw fault(place, 'GT must be the first FORMAT key');
  const [ad, dp, af, ps, ft, cn] = [at('AD'), at('DP'), at('AF', 'VAF'), at('PS'), at('FT'), at('CN')];
  return {
    keys: keys.length,
    gt: at('GT') === 0,
    ad,
    dp,
    minDp: at('MIN_DP'),
    af,
    ps,
    ft,
    cn,
    gq: at('GQ', 'RGQ'),
    len: at('LEN'),
    detailed: Math.max(ad, dp, af, ps, ft, cn) >= 0,
  };
}

const COLON = 58;
const COMMA = 44;

/** The colon-separated fields of one sample column, read in place. */
export interface SampleFields {
  /** Points at a column. @returns the number of fields */
  at(bytes: Buffer, start: number, end: number): number;
  /** Text of a field; undefined when absent, dropped at the end, empty or `.`. */
  text(index: number): string | undefined;
  /** A non-negative number, undefined also when the text is none. */
  number(index: number): number | undefined;
  /** A comma-separated list of `count` values, NaN where one is missing; the array is used again by the next call. */
  list(index: number, count: number): Float64Array | undefined;
  /** End of the first field (GT). */
  readonly firstEnd: number;
}

export function sampleFields(): SampleFields {
  let bytes: Buffer = Buffer.alloc(0);
  let bounds = new Int32Array(64);
  let fields = 0;
  let values = new Float64Array(8);

  const text = (index: number): string | undefined => {
    if (index < 0 || index >= fields) return undefined;
    const found = bytes.toString('utf8', bounds[index], (bounds[index + 1] as number) - 1);
    return found === '' || found === '.' ? undefined : found;
  };
  const number = (index: number): number | undefined => {
    if (index < 0 || index >= fields) return undefined;
    const whole = digits(bytes, bounds[index] as number, (bounds[index + 1] as number) - 1);
    return whole >= 0 ? whole : amount(text(index));
  };
  const list = (index: number, count: number): Float64Array | undefined => {
    if (index < 0 || index >= fields) return undefined;
    if (values.length < count) values = new Float64Array(count * 2);
    const end = (bounds[index + 1] as number) - 1;
    let from = bounds[index] as number;
    let found = 0;
    for (let at = from; at <= end; at++) {
      if (at < end && bytes[at] !== COMMA) continue;
      if (found === count) return undefined;
      const whole = digits(bytes, from, at);
      values[found++] = whole >= 0 ? whole : (amount(bytes.toString('latin1', from, at)) ?? Number.NaN);
      from = at + 1;
    }
    return found === count ? values : undefined;
  };

  return {
    at(line, start, end) {
      bytes = line;
      bounds[0] = start;
      fields = 1;
      for (let at = start; at < end; at++) {
        if (line[at] !== COLON) continue;
        if (fields + 1 >= bounds.length) {
          const grown = new Int32Array(bounds.length * 2);
          grown.set(bounds);
          bounds = grown;
        }
        bounds[fields++] = at + 1;
      }
      bounds[fields] = end + 1;
      return fields;
    },
    text,
    number,
    list,
    get firstEnd() {
      return (bounds[1] as number) - 1;
    },
  };
}

const AMOUNT = /^\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

function amount(value: string | undefined): number | undefined {
  return value !== undefined && AMOUNT.test(value) ? Number(value) : undefined;
}
