/** Secrets in the file are references: where the worker finds them. */
import { z } from 'zod';
import { section } from './section.ts';
import { textLike, workerPath } from './values.ts';

const howToRefer = 'a reference to the secret, which is then read on the worker: { env: NAME } or { file: path }';

export const secretReference = z.union([
  section({ env: textLike(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable of the worker') }),
  section({ file: workerPath }),
], { error: howToRefer }).meta({ id: 'secretReference', description: howToRefer });
