import { type Head, headKey, headOf, STUDIES } from '../layout.ts';
import type { ObjectStore } from '../objects.ts';
import type { Item, Table } from '../table.ts';
import { erasedSubjects } from '../tombstones.ts';
import type { Removed } from './cells.ts';
import { readChanges } from './changes.ts';
import { type GenerationHead, isReadable, type Manifest, readGenerationHead, readManifest } from './generation.ts';

/** What a compaction has to do, from one look at the archive. */
export interface CompactionPlan {
  /** Number of the generation to be made. */
  readonly generation: number;
  readonly head: GenerationHead | undefined;
  /** What is taken over; undefined when everything is made anew. */
  readonly before: Manifest | undefined;
  /** READY studies that `before` does not hold at their version, in order of id. */
  readonly added: readonly Head[];
  /** Indexes into the studies of `before` whose version is no longer READY. */
  readonly gone: readonly number[];
  /** Numbers of the members, studies and panels of `before` whose rows leave. */
  readonly removed: Removed;
  readonly erased: ReadonlySet<string>;
  /** As read before the HEADs: those the HEADs show are settled by this generation. */
  readonly changes: readonly Item[];
  readonly heads: ReadonlyMap<string, Head>;
}

/** Compares the list of all studies with the last generation; no change can be missed by a lost notice of it. */
export async function planCompaction(table: Table, objects: ObjectStore, full: boolean): Promise<CompactionPlan> {
  const changes = await readChanges(table);
  const head = await readGenerationHead(table);
  const last = head === undefined || full ? undefined : await readManifest(objects, head);
  const before = last !== undefined && isReadable(last) ? last : undefined;
  const erased = await erasedSubjects(table);
  const ids = (await table.query(STUDIES)).map(({ sk }) => sk);
  const heads = new Map((await table.getAll(ids.map(headKey))).map(headOf).map((one) => [one.study.id, one]));
  const held = new Map<string, number>();
  const gone: number[] = [];
  for (const [place, id] of (before?.studies.id ?? []).entries()) {
    const now = heads.get(id);
    if (now?.status === 'READY' && now.version === before?.studies.version[place]) held.set(id, place);
    else gone.push(place);
  }
  return {
    generation: (head?.generation ?? 0) + 1,
    head,
    before,
    added: ids
      .flatMap((id) => heads.get(id) ?? [])
      .filter(({ status, study }) => status === 'READY' && !held.has(study.id)),
    gone,
    removed: removedFrom(before, new Set(gone), erased),
    erased,
    changes,
    heads,
  };
}

function removedFrom(before: Manifest | undefined, gone: ReadonlySet<number>, erased: ReadonlySet<string>): Removed {
  if (before === undefined) return { members: [], studies: [], panels: [] };
  const { number, subject, study } = before.members;
  const kept = before.studies.profile.filter((_, place) => !gone.has(place));
  const panels = new Set(
    [...new Set(kept)].flatMap((profile) => before.profiles[profile]?.inputs.map(({ panel }) => panel) ?? []),
  );
  return {
    members: number.filter((_, i) => gone.has(study[i] as number) || erased.has(subject[i] as string)),
    studies: [...gone].map((place) => before.studies.number[place] as number),
    panels: Object.keys(before.panels)
      .map(Number)
      .filter((panel) => !panels.has(panel)),
  };
}
