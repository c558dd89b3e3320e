#!/usr/bin/env node
import { runCommandLine } from '../lib/cli/run.ts';

await runCommandLine(process.argv.slice(2));
