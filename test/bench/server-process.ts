// Serves an archive in a process of its own, as `npm start` does, and says where on standard output.
import { startServer } from '../../lib/http/local-server.ts';
import { openLocalArchive } from '../../lib/store/local.ts';

const [data] = process.argv.slice(2);
if (data === undefined) throw new Error('usage: server-process.ts DATA');
const archive = await openLocalArchive(data);
const server = await startServer({ port: 0, ports: archive.ports });
process.stdout.write(`${server.url}\n`);
process.once('SIGTERM', () => {
  void server.close().then(() => archive.close());
});
