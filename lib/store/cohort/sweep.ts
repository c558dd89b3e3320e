import { type Head, headKey, headOf } from '../layout.ts';
import type { ObjectReference, ObjectStore } from '../objects.ts';
import type { Key, Table } from '../table.ts';
import { COHORT, changeOf, readChanges } from './changes.ts';
import { readGenerationHead, readManifest, retiredGenerations } from './generation.ts';

/** What a sweep keeps and removes of the compacted copy. */
interface CohortNames {
  readonly kept: ReadonlySet<string>;
  readonly stale: readonly Key[];
}

/**
 * Names the objects of the generation that questions read, and of those that were replaced after `before`: a question
 * that began earlier may still read them. Notices of older ones, and of changes that never came, are stale.
 */
export async function cohortNames(table: Table, objects: ObjectStore, before: number): Promise<CohortNames> {
  // HEAD first: a generation that is replaced after this is kept as HEAD, one replaced earlier is in the list.
  const head = await readGenerationHead(table);
  const retired = await retiredGenerations(table);
  const needed = [...(head === undefined ? [] : [head]), ...retired.filter(({ written }) => written > before)];
  const kept = new Set<string>();
  for (const one of needed) for (const { key } of await objectsOf(objects, one)) kept.add(key);
  const old = retired.filter(({ written }) => written <= before).map(({ item }) => ({ pk: COHORT, sk: item.sk }));
  return { kept, stale: [...old, ...(await abandoned(table, before))] };
}

/** All objects of a generation. */
export async function objectsOf(objects: ObjectStore, head: ObjectReference): Promise<readonly ObjectReference[]> {
  return [head, ...(await readManifest(objects, head)).files];
}

/**
 * HEAD follows its notice at once, but a process may be held up in between. A study without a notice would be missed by
 * questions about everyone until the next compaction, so younger ones stay whatever the sweep's limit is.
 */
const ABANDONED_MS = 24 * 3_600_000;

/** Notices of changes whose HEAD was not written long after them: of an ingest or a deletion that was cut short. */
async function abandoned(table: Table, before: number): Promise<Key[]> {
  const limit = Math.min(before, Date.now() - ABANDONED_MS);
  const old = (await readChanges(table)).filter((item) => Number(item['written']) <= limit);
  const heads = new Map<string, Head>();
  const ids = [...new Set(old.map((item) => changeOf(item).study))];
  for (const head of (await table.getAll(ids.map(headKey))).map(headOf)) heads.set(head.study.id, head);
  return old
    .filter((item) => {
      const { study, version, deletion } = changeOf(item);
      const head = heads.get(study);
      if (head === undefined || head.version < version) return true;
      return deletion && head.version === version && head.status === 'READY';
    })
    .map(({ pk, sk }) => ({ pk, sk }));
}
