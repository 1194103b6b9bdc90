/** Writes the JSON Schema into the folder that is given: `node dist/src/installation/write-json-schema.js schema`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installationJsonSchemaText } from './json-schema.ts';

await writeFile(join(process.argv[2] ?? 'schema', 'installation.schema.json'), installationJsonSchemaText());
