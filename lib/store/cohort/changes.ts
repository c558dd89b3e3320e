import type { Head } from '../layout.ts';
import type { Item, Table } from '../table.ts';

/** Partition of everything about the compacted copy. */
export const COHORT = 'COHORT';

const PREFIX = 'CHANGE#';
/** In place of a commit's token: the study is deleted. */
const DELETION = 'deleted';

/** A version of a study that is about to become visible, or a study about to be deleted at this version. */
export interface Change {
  readonly study: string;
  readonly version: number;
  readonly deletion: boolean;
}

/**
 * Written before the HEAD that makes the change. Who reads the changes first and the compacted copy after them sees
 * every study that was committed before: a change is removed only once a visible generation holds it.
 */
export function commitItem(study: string, version: number, token: string): Item {
  return { pk: COHORT, sk: `${PREFIX}${study}#${version}#${token}`, study, version, written: Date.now() };
}

export const deletionItem = (study: string, version: number): Item => commitItem(study, version, DELETION);

export async function readChanges(table: Table): Promise<readonly Item[]> {
  return table.query(COHORT, PREFIX);
}

/**
 * Changes that a generation made from these HEADs has taken in: those that became the HEAD, and those that never can,
 * because the HEAD has their version already.
 */
export function settled(changes: readonly Item[], heads: ReadonlyMap<string, Head>): Item[] {
  return changes.filter((item) => {
    const { study, version, deletion } = changeOf(item);
    const head = heads.get(study);
    if (head === undefined) return false;
    if (head.version !== version) return head.version > version;
    return !deletion || head.status === 'DELETED';
  });
}

export function changeOf(item: Item): Change {
  return { study: String(item['study']), version: Number(item['version']), deletion: item.sk.endsWith(`#${DELETION}`) };
}
