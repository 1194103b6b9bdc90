/** Backups of a database: commands with their check, or a person's word. */
import { z } from 'zod';
import { listOf, section } from './section.ts';
import { command, duration, name, words } from './values.ts';

// Under a minute no backup would ever be young enough; one of last month is no way back.
const maxAge = duration('1m', '30d').default('4h');
const what = 'either a backup with the keys host, command, verify, maxAge, or one that a person confirms: confirm, maxAge';

export const backups = listOf(z.union([
  section({ host: name, command, verify: command, maxAge }),
  section({ confirm: words, maxAge }),
], { error: what }).meta({ id: 'backup' }), 'a list of at least one backup, for there is no downgrade');
