#!/usr/bin/env node
import { runCli } from './program.ts';
import { ownTerminal } from './terminal.ts';

const code = await runCli(process.argv.slice(2), ownTerminal());
// A worker that could not start leaves native threads that keep the process alive. What was printed goes out first.
process.stderr.write('', () => process.stdout.write('', () => process.exit(code)));
