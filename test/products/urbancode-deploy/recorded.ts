/** Output as commands of this product's room printed it: on hosts, of real monit, systemd, ss, unzip and Wine, or by the product's own words. */
import { readFileSync } from 'node:fs';

export function recorded(name: string): string {
  return readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');
}
