/** The small values of an installation file: names, addresses, durations, paths, commands. */
import ms from 'ms';
import { z } from 'zod';
import { servedAt } from '../upgrade/served-at.ts';
import { durationForm, milliseconds } from './duration-text.ts';

/** A text of this form. What is allowed is also what an editor shows beside it. */
export function textLike(pattern: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed }).describe(allowed);
}

// A name becomes part of a workflow id, of gate ids and of file names on hosts: hence few letters and a limit.
const longestName = 100;
export const name = textLike(
  new RegExp(`^[a-z0-9][a-z0-9.-]{0,${longestName - 1}}$`),
  `a name of at most ${longestName} lower-case letters, digits, dots and dashes that begins with a letter or digit`,
);

/** Host name or IP address; never begins with a dash, which a program could take for an option. 253 is DNS's limit. */
const addressForm = /^[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}$/;
const addressAllowed = 'a host name or an IP address, without user and port';
export const address = textLike(addressForm, addressAllowed).refine(isAddress, { error: addressAllowed });

/** Whether a URL can be made of it. What looks like an IP address must be one: 10.0.0.300 is no host name either. */
export function isAddress(text: string): boolean {
  return addressForm.test(text) && URL.canParse(servedAt('http', text, 80));
}

/** A user name as Linux and Windows domains write it. */
export const user = textLike(/^[A-Za-z_][A-Za-z0-9_.@\\$-]{0,63}$/, 'the name of an operating-system user');

/** A service as `service` and systemd know it, without an ending. */
export const serviceName = textLike(/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,99}$/, 'the name of a service, like mongodb-mms');

/** On the worker: relative to its configured folder; ~ is its home. */
export const workerPath = textLike(/^(?!-)(?!.*:\/\/)[^\0\r\n]{1,4096}$/, 'a path on the worker');

/** On a host, from its root. */
export const hostPath = textLike(/^(\/|[A-Za-z]:\\)[^\0\r\n]{0,4095}$/, 'an absolute path on the host');

/** Run by the host's shell, as its author would type it there. 8 KB: sshd passes far more, but that would be a program. */
export const command = textLike(/^(?=[\s\S]*\S)[^\0]{1,8192}$/, 'a shell command to run on the host');

/** A sentence for people. */
export const words = textLike(/^(?=[\s\S]*\S)[^\0]{1,2000}$/, 'a sentence for the people who run the upgrade');

/** `X.Y.Z`, as Ops Manager counts. */
export const version = textLike(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/, 'a version of three numbers, like 4.4.18');

/** `X.Y.Z` or `X.Y.Z.N`, as UrbanCode Deploy counts. */
export const versionOfThreeOrFour = textLike(/^\d{1,4}(\.\d{1,4}){2,3}$/, 'a version of three or four numbers, like 7.3.2.1');

export const sha256 = textLike(/^[0-9a-fA-F]{64}$/, 'the sha256 of the package: 64 hexadecimal digits, in quotes').toLowerCase();

export const yesOrNo = z.boolean({ error: 'true or false' });

export function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

export const port = wholeNumber(1, 65_535);

/** A duration with its unit; a bare number would leave people guessing. Both limits are written like the duration. */
export function duration(min: ms.StringValue, max: ms.StringValue) {
  const error = `a duration with its unit, from ${min} to ${max}, like 5s, 75m or 4h`;
  return textLike(durationForm, error).refine((text) => isBetween(text, min, max), { error });
}

/** The same, or the word. */
export function durationOrNever(min: ms.StringValue, max: ms.StringValue) {
  const error = `never, or a duration with its unit, from ${min} to ${max}, like 5m`;
  return textLike(new RegExp(`^never$|${durationForm.source}`), error).refine((text) => text === 'never' || isBetween(text, min, max), { error });
}

function isBetween(text: string, min: ms.StringValue, max: ms.StringValue): boolean {
  const long = milliseconds(text);
  return long !== undefined && long >= ms(min) && long <= ms(max);
}

/** Where something is served: http or https, host and port, nothing behind them; a login in it would be a secret in the file. */
const urlAllowed = 'a URL like http://om-1.example:8080, with neither login nor path';
export const url = textLike(/^https?:\/\/(?![^/]*@)[^\s/?#]+\/?$/, urlAllowed)
  .refine((text) => URL.canParse(text), { error: urlAllowed });
