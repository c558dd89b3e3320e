#!/usr/bin/env node
import { runCommandLine } from '../lib/cli/run.ts';
import { addServe } from '../lib/cli/serve.ts';

await runCommandLine(process.argv.slice(2), [addServe]);
