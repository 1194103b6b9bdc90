/** The compiler proves these; at run time they only have to compile. */
import { expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { installationFile } from '../../src/installation/check.ts';
import type { completeOpsManager, opsManagerFile } from '../../src/installation/ops-manager.ts';
import type { completeUrbancodeDeploy, urbancodeDeployFile } from '../../src/installation/urbancode-deploy.ts';
import type { OpsManagerInstallation } from '../../src/upgrade/installation.ts';
import type { Installation, UrbancodeDeployInstallation } from '../../src/upgrade/installation-urbancode.ts';

type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;
/** What the schema gives where nothing is completed afterwards. */
type Untouched = 'installation' | 'product' | 'target' | 'policy' | 'api';

it('the schema gives exactly the shape that every room sees', () => {
  expectTypeOf<Frozen<Pick<z.output<typeof opsManagerFile>, Untouched | 'applicationDatabase'>>>()
    .toEqualTypeOf<Frozen<Pick<OpsManagerInstallation, Untouched | 'applicationDatabase'>>>();
  expectTypeOf<Frozen<Pick<z.output<typeof urbancodeDeployFile>, Untouched | 'database' | 'appData'>>>()
    .toEqualTypeOf<Frozen<Pick<UrbancodeDeployInstallation, Untouched | 'database' | 'appData'>>>();
  expectTypeOf<ReturnType<typeof completeOpsManager>>().toEqualTypeOf<OpsManagerInstallation>();
  expectTypeOf<ReturnType<typeof completeUrbancodeDeploy>>().toEqualTypeOf<UrbancodeDeployInstallation>();
});

it('the shape is accepted by the schema again', () => {
  expectTypeOf<Installation>().toExtend<Frozen<z.input<typeof installationFile>>>();
});
