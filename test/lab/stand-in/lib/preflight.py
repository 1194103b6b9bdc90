"""com.xgen.svc.core.PreFlightCheck: a short-lived process with the application's own id. Refuses a skipped major."""
import sys
import time

from installation import Installation
from stand_in import VERSION, release, seconds

MAJORS = [[4, 2], [4, 4], [5, 0], [6, 0], [7, 0], [8, 0]]


def refusal(installation):
    """Why this version must not start on this data, or None."""
    if not installation.reachable():
        return 'The Application Database cannot be reached.'
    schema = installation.schema()
    if schema is None:
        return None
    before, after = MAJORS.index(release(schema)[:2]), MAJORS.index(release(VERSION)[:2])
    if after > before + 1:
        return f'Upgrading from {schema} to {VERSION} skips a major version.'
    return None


time.sleep(seconds('preflight-seconds', 0))
reason = refusal(Installation())
if reason:
    print(reason, flush=True)
    sys.exit(1)
