/** What the lab and its stand-ins write down, and what a test may ask of them. The switches are told in README.md. */

/** Seconds may be fractions. A switch that is there with any value is on where the type says `1`. */
export interface Behaviour {
  readonly 'daemon-job-seconds'?: number | undefined;
  readonly 'daemon-stop'?: 'waits' | 'gives-up' | 'ignores' | undefined;
  readonly 'daemon-self-stop'?: 'keeps-trying' | 'once' | 'never' | undefined;
  readonly 'daemon-notices-seconds'?: number | undefined;
  readonly 'service-stop'?: 'works' | 'lies' | undefined;
  readonly 'init-script-stop'?: 'works' | 'fails' | undefined;
  readonly 'stuck-start'?: 'fails' | 'hangs' | undefined;
  readonly 'daemon-grace-seconds'?: number | undefined;
  readonly 'start-fails-once'?: number | undefined;
  readonly 'start-seconds'?: number | undefined;
  readonly 'start-gives-up-seconds'?: number | undefined;
  readonly 'stop-seconds'?: number | undefined;
  readonly 'application-stop'?: 'works' | 'gives-up' | undefined;
  readonly 'stop-takes-daemon-along'?: 1 | undefined;
  readonly 'preflight-seconds'?: number | undefined;
  readonly 'migration-seconds'?: number | undefined;
  readonly 'health-before-migration'?: 1 | undefined;
  readonly 'install-seconds'?: number | undefined;
  readonly 'postinst-starts'?: 1 | undefined;
  readonly 'postinst-enables'?: 1 | undefined;
  readonly 'upgrade-mode-lingers-seconds'?: number | undefined;
}

/** What must never happen, recorded by the stand-in that saw it. */
export interface Violation {
  readonly kind:
    | 'two-hosts-down'
    | 'old-version-started'
    | 'install-beside-live-process'
    | 'gen-key-lost'
    | 'migration-killed'
    | 'daemon-killed-in-job';
  readonly host: string;
  readonly detail: string;
  readonly at: string;
}

export interface Install {
  readonly event: 'begun' | 'configured';
  /** The package's version as its own files say it, as "4.4.18.100.20220101T0101Z". */
  readonly version: string;
  /** The dpkg process. */
  readonly pid: number;
  readonly at: string;
}

export interface Package {
  readonly platform: 'debian' | 'rhel' | 'linux';
  readonly package: string;
  readonly release: string;
  /** As the package manager knows it, as "4.4.18.100.20220101T0101Z-1". */
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
}
