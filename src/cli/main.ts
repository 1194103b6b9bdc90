#!/usr/bin/env node
import { runCli } from './program.ts';
import { ownTerminal } from './terminal.ts';

process.exitCode = await runCli(process.argv.slice(2), ownTerminal());
