// Serves an archive as `serve` does, with tokens checked and audited, and tells its parent what memory it holds.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { issuersOf } from '../../lib/auth/issuers.ts';
import { fileAudit } from '../../lib/http/audit.ts';
import { startServer } from '../../lib/http/local-server.ts';
import { openLocalArchive } from '../../lib/store/local.ts';

const [data] = process.argv.slice(2);
const collect = globalThis.gc;
if (data === undefined || collect === undefined) throw new Error('usage: node --expose-gc load-process.ts DATA');
const archive = await openLocalArchive(data);
const server = await startServer({
  port: 0,
  ports: archive.ports,
  jobs: archive.jobs,
  auth: { issuers: issuersOf(process.env['GENOMICS_ISSUERS']) },
  audit: fileAudit(join(data, 'audit')),
});

process.on('message', async (message) => {
  if (message === 'memory') process.send?.(await memory(collect));
});
process.once('SIGTERM', async () => {
  await server.close();
  await archive.close();
  process.disconnect();
});
process.send?.(server.url);

/** After what is no longer used has gone, with what finalisers let go of on the way. */
async function memory(gc: NonNullable<typeof globalThis.gc>) {
  for (let round = 0; round < 4; round++) {
    gc();
    await sleep(250);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  // Of all time, in kilobytes on Linux.
  return { rss, heapUsed, external, peak: process.resourceUsage().maxRSS * 1024 };
}
