/**
 * Checks an installation that is already a value: what the workflow was started with, or a file that was read.
 *
 *   1. The schema: every key known, every value of its kind.
 *   2. The rules: what only several parts of the file can tell. They are asked even when the schema found mistakes.
 *   3. If neither found anything: defaults are filled in, SSH settings completed for every host.
 *
 * What comes out is accepted again and gives the same value, so that anyone can start a workflow with it.
 */
import { z } from 'zod';
import type { Installation } from '../upgrade/installation-urbancode.ts';
import { problemsOf } from './describe-issue.ts';
import { draftOf } from './draft.ts';
import { pathText } from './problems.ts';
import type { Problem } from './problems.ts';
import { completeOpsManager, opsManagerFile } from './ops-manager.ts';
import { brokenRules } from './rules.ts';
import { openSecrets } from './secrets.ts';
import { completeUrbancodeDeploy, urbancodeDeployFile } from './urbancode-deploy.ts';

/** A file as it may be written, by product. */
export const installationFile = z.discriminatedUnion('product', [opsManagerFile, urbancodeDeployFile], {
  error: (issue) => (issue.code === 'invalid_union' ? 'ops-manager or urbancode-deploy' : 'a mapping that begins with installation and product'),
});

export type Checked = { readonly installation: Installation } | { readonly problems: readonly Problem[] };

/** All that is wrong with the value, or the complete installation. Reads no files; never throws; prints no secret. */
export function checkInstallation(value: unknown): Checked {
  const parsed = installationFile.safeParse(value, { reportInput: true });
  const unlikely = parsed.success ? [] : problemsOf(parsed.error.issues);
  const problems = firstOfEachPlace([...openSecrets(value), ...unlikely, ...brokenRules(draftOf(value))]);
  if (!parsed.success || problems.length > 0) return { problems };
  const file = parsed.data;
  return { installation: file.product === 'ops-manager' ? completeOpsManager(file) : completeUrbancodeDeploy(file) };
}

/** One place, one sentence: what is said first is the nearest cause. */
function firstOfEachPlace(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path }) => {
    const place = pathText(path);
    const isNew = place === '' || !seen.has(place);
    seen.add(place);
    return isNew;
  });
}
