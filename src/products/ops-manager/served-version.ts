/** Which release an application host serves: a header on every 200 of Ops Manager's API. */
import { releaseOf } from './versions.ts';

/** The paths asked of the host itself, never of the load balancer. */
export const HEALTH_PATH = '/monitor/health';
export const VERSION_PATH = '/api/public/v1.0/unauth/versionManifest';
const HEADER = 'x-mongodb-service-version';

/** Reads "gitHash=…; versionString=4.4.18.100.20220101T0101Z" to 4.4.18; null when the header is not there. */
export function servedVersion(headers: Readonly<Record<string, string>>): string | null {
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === HEADER)?.[1];
  const version = header && /(?:^|;)\s*versionString=([^;\s]+)/.exec(header)?.[1];
  return version ? releaseOf(version) : null;
}

/** The error code with which Ops Manager refuses writes in Upgrade Mode. */
export const WRITES_REFUSED = 'WRITES_NOT_ALLOWED_DURING_APP_UPGRADES';
/** An object that cannot exist: deleting it changes nothing, in Upgrade Mode or out of it. */
export const NO_SUCH_OBJECT_PATH = '/api/public/v1.0/groups/000000000000000000000000';

/** What the answer to deleting nothing says about Upgrade Mode; anything but the two known answers is unknown. */
export function writesRefused(status: number, body: string): 'yes' | 'no' | 'unknown' {
  if (status === 405 && body.includes(WRITES_REFUSED)) return 'yes';
  return status === 404 ? 'no' : 'unknown';
}
