/** How far counts of people are blurred, so that they tell nothing of one of them. */
export interface Disclosure {
  /** Counts from 1 to one less than this are told as "less than this"; 1 changes nothing. */
  readonly minimumCell: number;
  /** Other counts are told as the nearest multiple of this; 1 changes nothing. */
  readonly roundTo: number;
}

/** A count as it may be told. */
export interface ToldCount {
  readonly value: number;
  /** `<`: only that it is less than `value` is told. */
  readonly comparator?: '<';
}

export const AS_IT_IS: Disclosure = { minimumCell: 1, roundTo: 1 };

export function told(count: number, { minimumCell, roundTo }: Disclosure): ToldCount {
  if (0 < count && count < minimumCell) return { value: minimumCell, comparator: '<' };
  const value = Math.round(count / roundTo) * roundTo;
  // Some are never told as none.
  return value === 0 && count > 0 ? { value: roundTo, comparator: '<' } : { value };
}

/** Whether lists of subjects, which tell the exact count, may be given. */
export function listsAllowed({ minimumCell, roundTo }: Disclosure): boolean {
  return minimumCell <= 1 && roundTo <= 1;
}
