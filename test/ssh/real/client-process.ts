/** A Lockkeeper worker's SSH side in a process of its own, so that a test can kill it without a word. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Translates the rooms that a client needs into the folder; returns the module that has `createHosts`. */
function translated(folder: string): string {
  for (const room of ['src/ssh', 'src/secrets', 'src/upgrade']) {
    for (const name of readdirSync(join(ROOT, room)).filter((file) => file.endsWith('.ts'))) {
      const { outputText } = ts.transpileModule(readFileSync(join(ROOT, room, name), 'utf8'), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, rewriteRelativeImportExtensions: true, verbatimModuleSyntax: true },
      });
      const file = join(folder, room, name.replace(/ts$/, 'js'));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, outputText);
    }
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'src/ssh/hosts.js');
}

/**
 * Starts a process that runs `body`, an async function's text over `hosts` and `given`, and then stays. Its stdout is
 * piped. It lives until it is killed.
 */
export function startClient(folder: string, call: { readonly body: string; readonly config: object; readonly given: object }): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const script = `
    import { createHosts } from ${JSON.stringify(translated(folder))};
    import { createSecrets } from ${JSON.stringify(join(folder, 'src/secrets/secrets.js'))};
    const config = ${JSON.stringify(call.config)};
    const hosts = createHosts({ ...config, secrets: createSecrets(config) });
    const given = ${JSON.stringify(call.given)};
    setInterval(() => {}, 1000);
    ${call.body}
  `;
  writeFileSync(join(folder, 'client.js'), script);
  return spawn(process.execPath, [join(folder, 'client.js')], { stdio: ['ignore', 'pipe', 'inherit'] });
}
