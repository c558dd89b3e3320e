import type { Coded } from '../knowledge/rows.ts';
import type { Knowledge } from '../operations/ports.ts';
import { boundedCache } from './bounded-cache.ts';
import {
  type KnowledgeRelease,
  knowledgeVersion,
  readKnowledge,
  readKnowledgeFiles,
  serving,
} from './knowledge-catalogue.ts';
import { filesOfKind, type KnowledgeReader, type LoadedRelease } from './knowledge-files.ts';
import { statementsOf } from './knowledge-statements.ts';
import { codesBeside } from './knowledge-terms.ts';
import { checkedBytes } from './objects.ts';
import type { Table } from './table.ts';

export interface KnowledgeParts extends KnowledgeReader {
  readonly table: Table;
}

/** Bytes of JSON whose parsed documents are kept. */
const KEPT_PAYLOADS = 64_000_000;

interface Payload {
  readonly value: unknown;
  readonly bytes: number;
}

/** Which releases serve, from one strongly consistent read at each call; their files never change. */
export function knowledgeStore({ table, ...reader }: KnowledgeParts): () => Promise<Knowledge> {
  const about = statementsOf(reader);
  const payloads = boundedCache<Payload>(KEPT_PAYLOADS, ({ bytes }) => bytes);
  let latest: Knowledge | undefined;

  return async () => {
    const releases = serving((await readKnowledge(table)).releases);
    const version = knowledgeVersion(releases);
    if (latest?.release !== version) latest = await open(releases, version);
    return latest;
  };

  async function open(releases: readonly KnowledgeRelease[], version: string): Promise<Knowledge> {
    const loaded = await Promise.all(
      releases.map(
        async (release): Promise<LoadedRelease> => ({
          ...release,
          files: await readKnowledgeFiles(table, release),
        }),
      ),
    );
    const payloadsOf = (source: string) => {
      const release = loaded.find((one) => one.source === source);
      return release === undefined ? [] : filesOfKind(release, 'payload');
    };
    return {
      release: version,
      releases,
      about: (kind, filter) => about(loaded, kind, filter),
      async translations(kind, token) {
        const found = await Promise.all(loaded.map((release) => codesBeside(reader, release, kind, token)));
        return distinct(found.flat());
      },
      payloads: async (source) => payloadsOf(source).flatMap(({ name }) => name ?? []),
      async payload(source, name) {
        const file = payloadsOf(source).find((one) => one.name === name);
        if (file === undefined) return undefined;
        const kept = payloads.get(file.key);
        if (kept !== undefined) return kept.value;
        const bytes = await checkedBytes(reader.objects, file);
        const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
        payloads.set(file.key, { value, bytes: file.bytes });
        return value;
      },
    };
  }
}

function distinct(codes: readonly Coded[]): readonly Coded[] {
  const seen = new Map(codes.toReversed().map((one) => [`${one.system}|${one.code}`, one]));
  return [...seen.values()].toReversed();
}
