import { bundleWorkflowCode } from '@temporalio/worker';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

/** What may be in the workflow bundle besides our own runbooks and pure rules: the SDK and what it stands on. */
const SDK = ['@temporalio/workflow', '@temporalio/common', '@temporalio/proto', '@temporalio/worker', '@swc/helpers', 'long', 'ms', 'protobufjs', 'nexus-rpc'];
const OURS = /^(workflows|src\/upgrade)\//; // the SDK's own entry file is put beside ours

describe('the workflow bundle', () => {
  let modules: string[];
  beforeAll(async () => {
    const nothing = () => undefined;
    const logger = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
    const { code } = await bundleWorkflowCode({ workflowsPath: join(ROOT, 'workflows', 'index.ts'), logger });
    const map = code.split('//# sourceMappingURL=data:application/json;charset=utf-8;base64,').at(-1) ?? '';
    modules = (JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] }).sources
      .map((source) => source.replace(/^webpack:\/\/[^/]*\//, '').replace(`${ROOT}/`, ''))
      .filter((source) => !source.startsWith('webpack/') && !source.startsWith('external '));
  });

  it('holds our runbooks', () => {
    expect(modules.filter((module) => module.includes('workflows/ops-manager-upgrade'))).toHaveLength(1);
  });

  it('holds nothing but runbooks, pure rules and the SDK', () => {
    const foreign = modules.filter((module) => {
      const [, inPackage] = module.split(/.*node_modules\//);
      if (inPackage !== undefined) return !SDK.some((name) => inPackage.startsWith(`${name}/`));
      return !OURS.test(module);
    });
    expect(foreign).toEqual([]);
  });
});
