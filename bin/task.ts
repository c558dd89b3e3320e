// What the Fargate tasks run: every command but the server.
import { runCommandLine } from '../lib/cli/run.ts';

await runCommandLine(process.argv.slice(2));
