import type { GroupMembers, PopulationGroup } from './population-answers.ts';
import type { Place, Placed } from './range-questions.ts';
import { combined } from './subject-set.ts';

/** A member of a list of the request. */
export interface ListItem {
  readonly text: string;
  /** Where it lies, when who has it rests on places. */
  readonly placed?: Placed<Place>;
}

/** Lists of the request that all must hold, or one of whose members each is asked for by itself. */
export interface AskedLists {
  readonly groups: readonly PopulationGroup[];
  /**
   * Who belongs to each group.
   *
   * @param ofItems who has each member, in the order of the request
   */
  membersOf(people: number, ofItems: readonly GroupMembers[]): readonly GroupMembers[];
}

/** One list asks for each of its members; several ask for those who have at least one member of every list. */
export function askedLists(lists: readonly (readonly string[])[], items: readonly ListItem[]): AskedLists {
  if (lists.length <= 1) {
    const groups = items.map(({ text, placed }) => ({ text, ...(placed && { placed: [placed] }) }));
    return { groups, membersOf: (_, ofItems) => ofItems };
  }
  const placed = items.flatMap((item) => item.placed ?? []);
  const text = inLists(lists, items)
    .map((list) => list.map((one) => one.text).join('|'))
    .join(' AND ');
  return {
    groups: [{ text, ...(placed.length === items.length && { placed }) }],
    membersOf: (people, ofItems) => [all(people, inLists(lists, ofItems))],
  };
}

/** The lists of a request again, from what is known of their members in order. */
function inLists<T>(lists: readonly (readonly string[])[], items: readonly T[]): readonly (readonly T[])[] {
  let next = 0;
  return lists.map(({ length }) => {
    const from = next;
    next += length;
    return items.slice(from, next);
  });
}

/** Known are those of whom all members are. */
function all(people: number, lists: readonly (readonly GroupMembers[])[]): GroupMembers {
  const anyOf = lists.map((list) =>
    combined(
      people,
      list.map(({ subjects }) => subjects),
      'any',
    ),
  );
  const subjects = combined(people, anyOf, 'all');
  const known = lists.flat().flatMap((one) => one.known ?? []);
  if (known.length === 0) return { subjects };
  if (known.includes('not told')) return { subjects, known: 'not told' };
  const sets = known.filter((one) => one !== 'not told');
  return { subjects, known: combined(people, sets, 'all') };
}
