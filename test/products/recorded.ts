/** Output recorded on hosts of the lab, as the commands of `src/products` printed it. */
import { readFileSync } from 'node:fs';

export function recorded(name: string): string {
  return readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');
}
