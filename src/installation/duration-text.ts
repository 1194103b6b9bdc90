/** Durations as the file writes them: a number and its unit, in the `ms` notation. */
import ms from 'ms';

export const durationForm = /^\d{1,9}(\.\d{1,9})? ?(ms|s|m|h|d)$/;

/** How long it is; undefined when it is no duration. (`ms` itself throws on an empty text.) */
export function milliseconds(text: unknown): number | undefined {
  return typeof text === 'string' && durationForm.test(text) ? ms(text as ms.StringValue) : undefined;
}
