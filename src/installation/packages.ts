/** `target.packages`: for each platform a file on the worker, or one that is already on every host. */
import { section } from './section.ts';
import { hostPath, sha256, workerPath } from './values.ts';

// That exactly one of `file` and `onHost` is given is a rule (rules-target.ts), where it can be said in one sentence.
export const packageSection = section({ file: workerPath.optional(), onHost: hostPath.optional(), sha256 }).meta({ id: 'package' });
