/**
 * Who could start a server by itself while installers run: systemd, boot links, cron, monit. Each is found by the words that
 * start the server, written down, switched off, looked at, and put back exactly as it was.
 */
import type { Command } from '../../upgrade/command.ts';
import type { Seen } from '../../upgrade/outcome.ts';
import type { Autostart } from '../../upgrade/urbancode-facts.ts';
import type { Printed } from '../linux/printed.ts';
import type { TypedOn } from './commands.ts';

/** One look, and what it means: all that starts this host's server, or `unknown`. */
export interface AutostartLook {
  readonly command: Command;
  read(printed: Printed): readonly Autostart[] | 'unknown';
}

/** The looks of a host, in order; each stands alone. */
export declare function autostartLooks(host: TypedOn): readonly AutostartLook[];
/** Switches one off so that nothing starts the server, at boot or now; safe to repeat. In this order. */
export declare function switchOff(host: TypedOn, one: Autostart): readonly Command[];
/** Puts one back as the record says; safe to repeat. */
export declare function putBack(host: TypedOn, one: Autostart): readonly Command[];
/** Whether it is off (`switchOff`'s proof) or back (`putBack`'s). */
export declare function lookAtOne(host: TypedOn, one: Autostart): { readonly command: Command; isOff(printed: Printed): Seen; isBack(printed: Printed): Seen };
/** As a person reads it: "ucd.service (systemd) starts the server at boot". */
export declare function autostartShown(one: Autostart): string;
