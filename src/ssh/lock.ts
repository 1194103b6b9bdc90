/**
 * The lock on a host says whose upgrade is at work there, and how far it came.
 *
 * It is the file `/var/lib/lockkeeper/lock/held-by`: five lines `name=value`, so that a person can read it and a shell
 * can compare it. `/var/lib/lockkeeper` belongs to root; the folder `lock` belongs to the login user and is made by the
 * only root command of this room, `install -d -m 0755 -o <login user> …/lock`. So taking, comparing and removing the
 * lock need no root, everyone can read it, and it survives a reboot.
 *
 * Taken: the whole content is written beside it and put in place by `ln`, which fails when the lock is there: it is
 * never seen half written, and one of two takers gets it. Changed (the step number) by rename. Compared: in the very
 * script that starts a job (`job-start.ts`), under the same guard.
 */
import { STATE_FOLDER } from '../upgrade/state-folder.ts';
import { GUARD } from './job-folder.ts';
import type { HostLock } from './port.ts';

const FILE = 'held-by';

export function lockFile(stateFolder: string = STATE_FOLDER): string {
  return `${stateFolder}/lock/${FILE}`;
}

/** One line's value: printable ASCII without blanks and percent signs stays as it is. */
export function field(text: string): string {
  return text.replace(/[^\x21-\x24\x26-\x7e]+/g, (run) => [...Buffer.from(run)].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join(''));
}

export function writeLock(lock: HostLock): string {
  return [
    `cluster=${field(lock.clusterId)}`, `namespace=${field(lock.namespace)}`, `workflow=${field(lock.workflowId)}`,
    `run=${field(lock.firstExecutionRunId)}`, `step=${lock.stepNumber}`,
  ].join('\n');
}

/** Null when the text is not a whole lock. */
export function parseLock(text: string): HostLock | null {
  const values = new Map(text.split('\n').map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]));
  const [clusterId, namespace, workflowId, firstExecutionRunId] = ['cluster', 'namespace', 'workflow', 'run'].map((name) => unfield(values.get(name)));
  const step = values.get('step') ?? '';
  if (!clusterId || !namespace || !workflowId || !firstExecutionRunId || !/^\d{1,15}$/.test(step)) return null;
  return { clusterId, namespace, workflowId, firstExecutionRunId, stepNumber: Number(step) };
}

function unfield(value: string | undefined): string | undefined {
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined; // not written by Lockkeeper: the lock is not readable
  }
}

/** Shell: the lock's path, its lines as they should be, and the step; then what is compared. */
const LOCK = `lock=$1 wanted=$2 step=$3
owner() { sed '/^step=/d'; }
passed() { sed -n 's/^step=//p' "$lock"; }
ours() { [ "$(owner <"$lock")" = "$(printf '%s\\n' "$wanted" | owner)" ]; }
`;

/** Shell: `taken`, `unprepared` (the folder must be made first), or `held` and the lock's lines. */
export const TAKE = `${GUARD}${LOCK}guard
if [ ! -e "$lock" ]; then
  if [ ! -d "\${lock%/*}" ] || [ ! -w "\${lock%/*}" ]; then echo unprepared; exit; fi
  printf '%s\\n' "$wanted" >"$lock.$$" && chmod 644 "$lock.$$" && { sync "$lock.$$" 2>/dev/null || sync; } || exit 73
  ln "$lock.$$" "$lock" 2>/dev/null
  rm -f "$lock.$$"
fi
if ! ours; then echo held; cat "$lock"; exit; fi
if [ "$(passed)" -lt "$step" ]; then printf '%s\\n' "$wanted" >"$lock.$$" && chmod 644 "$lock.$$" && mv -f "$lock.$$" "$lock" || exit 73; fi
echo taken
`;

/** Shell: `none`, or `held` and the lock's lines. */
export const READ_LOCK = `${LOCK}if [ -e "$lock" ]; then echo held; cat "$lock"; else echo none; fi
`;

/** Shell: removes the lock if it is the owner's and no newer step has passed: `gone`, `other` or `passed`. */
export const RELEASE = `${GUARD}${LOCK}guard
if [ ! -e "$lock" ]; then echo gone
elif ! ours; then echo other
elif [ "$(passed)" -gt "$step" ]; then echo passed
else rm -f "$lock" && echo gone
fi
`;

/** Shell: removes the lock if every line is as expected: `gone`, `other`, or `unprepared` when the folder is another login's. */
export const BREAK = `${GUARD}${LOCK}guard
if [ ! -e "$lock" ]; then echo gone
elif [ "$(cat "$lock")" != "$wanted" ]; then echo other
elif [ ! -w "\${lock%/*}" ]; then echo unprepared
else rm -f "$lock" && echo gone
fi
`;
