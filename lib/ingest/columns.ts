/** A column of numbers that grows as rows come, 4 bytes each: rows as objects or text would cost ten times as much. */
export interface NumberColumn {
  readonly length: number;
  push(value: number): void;
  /** The values so far; valid until the next `push`. */
  values(): Int32Array | Float32Array;
}

/** Stands for NULL in integer columns: the one 32-bit integer that no VCF may state as a value. */
export const NO_INTEGER = -2_147_483_648;
const GREATEST_INTEGER = 2_147_483_647;

export const integerColumn = (): NumberColumn => grow((length) => new Int32Array(length));
/** NULL is NaN. */
export const floatColumn = (): NumberColumn => grow((length) => new Float32Array(length));

function grow(make: (length: number) => Int32Array | Float32Array): NumberColumn {
  let data = make(4096);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === data.length) {
        const grown = make(length * 2);
        grown.set(data);
        data = grown;
      }
      data[length++] = value;
    },
    values: () => data.subarray(0, length),
  };
}

/** A count as an integer column holds it. One that no INTEGER can hold is no count of reads, and is left out. */
export function integerOrNull(value: number | undefined): number {
  if (value === undefined) return NO_INTEGER;
  const rounded = Math.round(value);
  return Math.abs(rounded) <= GREATEST_INTEGER ? rounded : NO_INTEGER;
}

export const floatOrNull = (value: number | undefined): number => value ?? Number.NaN;
