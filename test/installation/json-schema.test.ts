import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { installationJsonSchemaText } from '../../src/installation/json-schema.ts';
import { anInstallationWith } from './an-installation.ts';

const root = join(import.meta.dirname, '../..');
const committed = await readFile(join(root, 'schema/installation.schema.json'), 'utf8');

describe('the JSON Schema for editors', async () => {
  const asEditorsSeeIt = z.fromJSONSchema(JSON.parse(committed) as Parameters<typeof z.fromJSONSchema>[0]);

  it('is committed as the schema makes it', () => {
    expect(committed, 'run: npm run build && node dist/src/installation/write-json-schema.js').toBe(installationJsonSchemaText());
  });

  it.each(await readdir(join(root, 'examples')))('accepts the example %s', async (name) => {
    const file: unknown = parse(await readFile(join(root, 'examples', name), 'utf8'));
    expect(asEditorsSeeIt.safeParse(file).error).toBeUndefined();
  });

  it.each([{ polcy: {} }, { 'hosts.0.platform': 'debain' }, { 'policy.soak': 5 }, { 'applicationDatabase.uri': 'mongodb://' }, { target: undefined }])(
    'refuses %j while it is typed', (change) => {
      expect(asEditorsSeeIt.safeParse(anInstallationWith(change)).success).toBe(false);
    },
  );
});
