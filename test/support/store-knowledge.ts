import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNeutral } from '../../lib/knowledge/neutral.ts';
import type { KnowledgeRow } from '../../lib/knowledge/rows.ts';
import type { AddedKnowledge, KnowledgeAddition } from '../../lib/store/knowledge-archive.ts';
import type { TemporaryArchive } from './archive.ts';

/** Imports lines of neutral knowledge, as `knowledge import table` does. */
export async function storeKnowledge(
  local: Pick<TemporaryArchive, 'folder' | 'knowledge'>,
  kind: KnowledgeRow['kind'],
  release: string,
  lines: readonly object[],
  more: Partial<KnowledgeAddition> = {},
): Promise<AddedKnowledge> {
  const path = join(local.folder, `${release}.jsonl`);
  await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  const added = await local.knowledge.add({
    source: `table-${kind}`,
    release,
    inputs: [path],
    async fill(sink) {
      for await (const rows of readNeutral(path, kind, sink.report)) await sink.rows(rows);
    },
    ...more,
  });
  await rm(path);
  return added;
}
