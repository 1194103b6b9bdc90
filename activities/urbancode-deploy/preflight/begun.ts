/**
 * An installer that an earlier run began, and whose end nobody saw. The first one is noted on every Linux host, because it
 * changes what all share; whether it succeeded, the mark of the host that the note names tells.
 */
import { compareReleases } from '../../../src/products/urbancode-deploy/versions.ts';
import { noteFile } from '../../../src/upgrade/state-folder.ts';
import { about } from '../../preflight/finding.ts';
import type { HostReport } from './host.ts';

/** The reports, each with what its note means. */
export function withBegun(reports: readonly HostReport[], target: string): readonly HostReport[] {
  return reports.map((report) => {
    const { begun, facts, findings } = report;
    if (begun === undefined) return report;
    const named = / on (\S+), try /.exec(begun)?.[1];
    const { name, installed } = reports.find((each) => each.facts.name === named)?.facts ?? facts;
    if (installed !== undefined && compareReleases(installed, target) === 0) return report;
    const finding = about('install', facts.name).warning(`An installer was begun on ${name} (${begun}), and its mark still says ${installed ?? 'nothing that can be read'}: the database and the files may be half new. Restore both from the backup; before an installer runs there again you are asked. That is noted in ${noteFile('install-begun')} on ${facts.name}.`);
    return { ...report, findings: [...findings, finding], facts: { ...facts, left: { ...facts.left, installUnfinished: { since: begun.split(', ').at(-1) ?? begun } } } };
  });
}
