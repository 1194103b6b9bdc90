/** Is the load balancer's url one by which the full stop can be proven: does it lead to a server while servers live? */
import type { UrbancodeDeployInstallation } from '../../../src/upgrade/installation-urbancode.ts';
import type { Finding } from '../../../src/upgrade/plan.ts';
import { isRefusal } from '../../at-work.ts';
import { about } from '../../preflight/finding.ts';
import type { Ports } from '../../ports.ts';
import { lookAtDoor } from '../door.ts';

/** Asked only while a server lives: what answers nobody then would be no proof later. */
export async function checkEntrance(ports: Ports, installation: UrbancodeDeployInstallation): Promise<readonly Finding[]> {
  const balancing = about('load balancer');
  try {
    const door = await lookAtDoor(ports, installation);
    if (door === null) return [];
    if (door.open === 'yes') return [balancing.ok('Its url leads to a server; when every server is down it must lead nowhere.')];
    return [balancing.warning(door.open === 'no' ? `Servers live, and its url leads to none: ${door.says} Correct the url, if nobody has closed it on purpose: that it leads nowhere is no proof.` : `${door.says} Correct the url, or leave it out: until it is seen to lead nowhere, no installer is begun.`)];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [balancing.refused(error.message)];
  }
}
