/** `applicationDatabase`: how it is asked about itself, and how it is backed up. */
import { z } from 'zod';
import { backups } from './backups.ts';
import { secretReference } from './secret-reference.ts';
import { section } from './section.ts';
import { command, name, words, workerPath } from './values.ts';

const ways = 'exactly one of through (a host of this file), host and command, none (with the reason)';

const reach = z.union([
  section({ through: name }),
  section({ host: name, command }),
  section({ none: words }),
], { error: ways }).meta({ id: 'databaseReach', description: 'how it is asked; left out: the worker connects to it' });

const tls = section({
  caFile: workerPath.optional(),
  certificateKeyFile: workerPath.optional(),
  passphrase: secretReference.optional(),
});

export const applicationDatabase = section({ uri: secretReference.optional(), backups, tls: tls.optional(), reach: reach.optional() });
