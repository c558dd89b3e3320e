// Compacts an archive in a process of its own, so that its peak memory is its own, and prints what it took as JSON.
import { openLocalArchive } from '../../lib/store/local.ts';

const [data, megabytes] = process.argv.slice(2);
if (data === undefined || megabytes === undefined) throw new Error('usage: compact-process.ts DATA MEGABYTES');
const archive = await openLocalArchive(data, { memoryBytes: Number(megabytes) * 1_048_576 });
const started = performance.now();
const report = await archive.admin.compact();
const milliseconds = performance.now() - started;
await archive.close();
// Kilobytes on Linux.
process.stdout.write(JSON.stringify({ report, milliseconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
