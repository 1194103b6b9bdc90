/** Errors named by what to do next; the only types an activity lets through as retryable are the first two. */
export const UNREACHABLE = 'Unreachable'; // look again, with back-off, up to a limit; then a question
export const NOT_NOW = 'NotNow'; // time cures it
export const REFUSED = 'Refused'; // input or safety rule: the upgrade does not start, or the step is not run
