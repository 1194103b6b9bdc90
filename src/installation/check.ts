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
import { nearest } from './did-you-mean.ts';
import { problemsOf } from './describe-issue.ts';
import { draftOf } from './draft.ts';
import type { Problem } from './problems.ts';
import { completeOpsManager, opsManagerFile } from './ops-manager.ts';
import { brokenRules } from './rules.ts';
import { openSecrets } from './open-secrets.ts';
import { completeUrbancodeDeploy, urbancodeDeployFile } from './urbancode-deploy.ts';

/** A file as it may be written, by product. */
export const installationFile = z.discriminatedUnion('product', [opsManagerFile, urbancodeDeployFile]);
type File = z.output<typeof installationFile>;
const products: readonly string[] = ['ops-manager', 'urbancode-deploy'] satisfies readonly File['product'][];

export type Checked = { readonly installation: Installation } | { readonly problems: readonly Problem[] };

/** All that is wrong with the value, or the complete installation. Reads no files; never throws; prints no secret. */
export function checkInstallation(value: unknown): Checked {
  if (nestsDeeper(value, deepest)) return { problems: [{ path: [], says: 'is nested too deeply, or an alias stands inside its own anchor' }] };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problems: [{ path: [], says: 'is no installation; expected a mapping that begins with installation and product' }] };
  }
  const { file, problems: ofProduct } = withProduct(value);
  const parsed = installationFile.safeParse(file, { reportInput: true });
  const malformed = parsed.success ? [] : problemsOf(parsed.error.issues);
  const problems = firstOfEachPlace([...openSecrets(value), ...ofProduct, ...brokenRules(draftOf(file)), ...malformed]);
  if (!parsed.success || problems.length > 0) return { problems };
  return { installation: complete(parsed.data) };
}

function complete(file: File): Installation {
  return file.product === 'ops-manager' ? completeOpsManager(file) : completeUrbancodeDeploy(file);
}

/** Without a known product the rest is read as the product it looks like, so that its mistakes are shown as well. */
function withProduct(value: object): { readonly file: object; readonly problems: readonly Problem[] } {
  const product: unknown = 'product' in value ? value.product : undefined;
  if (typeof product === 'string' && products.includes(product)) return { file: value, problems: [] };
  const looksLike = 'database' in value || 'appData' in value ? 'urbancode-deploy' : 'ops-manager';
  return { file: { ...value, product: looksLike }, problems: [{ path: ['product'], says: wrongProduct(product) }] };
}

function wrongProduct(product: unknown): string {
  const expected = `expected one of ${products.join(', ')}`;
  if (product === undefined) return `is missing; ${expected}`;
  const meant = typeof product === 'string' ? nearest(product, products) : undefined;
  return `names no product that Lockkeeper knows; ${expected}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

// The schema itself is ten levels deep; each jump host behind a jump host adds three.
const deepest = 32;

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((entry) => nestsDeeper(entry, levels - 1));
}

/** One place, one sentence: what is said first is the nearest cause. */
function firstOfEachPlace(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path, aboutKey = false }) => {
    const place = JSON.stringify([path, aboutKey]);
    const isNew = !seen.has(place);
    seen.add(place);
    return isNew;
  });
}
