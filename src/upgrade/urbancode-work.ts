/** A process of UrbanCode Deploy that runs for people. */
export interface Work {
  readonly id: string;
  readonly kind: 'application' | 'component' | 'generic' | 'unknown';
  readonly name: string;
  /** ISO 8601. */
  readonly since?: string | undefined;
  readonly by?: string | undefined;
}

/** One line for people: "component process Deploy of web in PROD, since 2026-11-22 21:04 UTC, started by ann". */
export function workShown({ kind, name, since, by }: Work): string {
  return `${kind === 'unknown' ? 'process' : `${kind} process`} ${name}${since === undefined ? '' : `, since ${since.slice(0, 16).replace('T', ' ')} UTC`}${by === undefined ? '' : `, started by ${by}`}`;
}
