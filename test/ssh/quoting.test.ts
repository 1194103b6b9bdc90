import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { quoted } from '../../src/upgrade/command.ts';
import { MARK, afterMark, shellLine } from '../../src/ssh/shell.ts';

const inShell = (line: string): string => execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
const EVERY = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1));
const NASTY = ["'", "''", "'\\''", '$(reboot)', '`id`', '"', '\\', '\\\\', '!!', '~', '*', '; rm -rf x', 'a\nb\n', '-n', '', ' ', '%s', 'wörd 😀', 'A=b', 'if'];

describe('what is sent to a shell', () => {
  it('comes back as it was, for every character from 1 to 255, alone and all together', () => {
    const words = [...EVERY, EVERY.join(''), ...NASTY];
    const back = inShell(['printf', quoted('%s\\0'), ...words.map(quoted)].join(' '));
    expect(back.split('\0').slice(0, -1)).toEqual(words);
  });

  it('reaches the script as its arguments, and never as part of it', () => {
    const said = afterMark(inShell(shellLine("printf '%s\\0' \"$@\"", ...NASTY, EVERY.join(''))));
    expect(said?.split('\0').slice(0, -1)).toEqual([...NASTY, EVERY.join('')]);
  });

  it('is refused when it holds a NUL byte, which no shell can carry', () => {
    expect(() => shellLine('true', 'a', 'b\0c')).toThrow(/NUL/);
  });

  it('has the sbin folders on PATH and the locale C', () => {
    const said = afterMark(inShell(shellLine('echo "$PATH $LC_ALL"')));
    expect(said).toMatch(/:\/usr\/sbin:\/sbin C\n$/);
  });

  it('cuts off what a profile printed, and sees when the script never ran', () => {
    expect(afterMark(`Welcome!\n${MARK}out`)).toBe('out');
    expect(afterMark('This account is currently not available.\n')).toBeUndefined();
  });
});
