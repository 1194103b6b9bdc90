/** The installation file as JSON Schema, for editors: completion and errors while typing. Rules between parts are not in it. */
import { z } from 'zod';
import { installationFile } from './check.ts';

export function installationJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(installationFile, { io: 'input' });
  return { $schema, title: 'Lockkeeper installation file', ...schema };
}

/** As it is committed. */
export function installationJsonSchemaText(): string {
  return `${JSON.stringify(installationJsonSchema(), null, 2)}\n`;
}
