/** What came back from a command. */

/** What a command printed, and its exit code; none when the connection broke. */
export interface Printed { readonly code: number | undefined; readonly stdout: string; readonly stderr: string }

/** What find or grep said that is worse than "there is no such file". */
export function troubles(stderr: string): readonly string[] {
  return stderr.split('\n').filter((line) => line.trim() !== '' && !/No such file or directory$/.test(line));
}
