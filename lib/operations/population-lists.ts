import type { PopulationGroup } from './population-answers.ts';
import type { SubjectSet } from './population-ports.ts';
import type { Place, Placed } from './range-questions.ts';

/** A member of a list of the request, and who has it. */
export interface ListItem {
  readonly text: string;
  readonly subjects: SubjectSet;
  /** As {@link PopulationGroup.placed}, of it alone. */
  readonly placed?: Placed<Place>;
  /** As {@link PopulationGroup.known}. */
  readonly known?: SubjectSet;
}

/** The lists of a request again, from what is known of their members in order. */
export function listsOf(
  lists: readonly (readonly string[])[],
  items: readonly ListItem[],
): readonly (readonly ListItem[])[] {
  let next = 0;
  return lists.map((list) => {
    const first = next;
    next += list.length;
    return items.slice(first, next);
  });
}

/** The group of one member. */
export function groupOf({ text, subjects, placed, known }: ListItem): PopulationGroup {
  return { text, subjects, ...(placed && { placed: [placed] }), ...(known && { known }) };
}

/** Subjects that have at least one member of every list; known are those of whom all members are. */
export function allOf(lists: readonly (readonly ListItem[])[]): PopulationGroup {
  const anyOf = lists.map((list) => list.reduce((any, { subjects }) => any.union(subjects), new Set<number>()));
  const items = lists.flat();
  const placed = items.flatMap((item) => item.placed ?? []);
  const known = items.flatMap((item) => item.known ?? []);
  return {
    text: lists.map((list) => list.map(({ text }) => text).join('|')).join(' AND '),
    subjects: anyOf.reduce((every, subjects) => every.intersection(subjects)),
    ...(placed.length === items.length && { placed }),
    ...(known.length === items.length && { known: known.reduce((every, some) => new Set(every).intersection(some)) }),
  };
}
