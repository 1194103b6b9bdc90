/**
 * What people may say to an upgrade. Every message is one JSON object, so that CLI, Temporal UI and `temporal` can send it.
 * It may carry an `id` of the sender's making: a message that comes again under the same id changes nothing.
 */

export const CHOICES = [
  'retry', 'wait', 'stop', 'repair', 'keep-mine', 'stop-anyway', 'cancel', 'run-again', 'restore', 'leave-stopped', 'done-by-hand', 'abort',
] as const;
export type Choice = (typeof CHOICES)[number];

export interface Approve { readonly gate: string; readonly by: string; readonly note?: string | undefined }
export interface Answer {
  readonly question: string;
  readonly choice: Choice;
  readonly by: string;
  readonly note?: string | undefined;
  /** With `wait`: how long to wait before asking again, as a duration ("30m"). */
  readonly for?: string | undefined;
}
export interface Hold { readonly by: string; readonly reason?: string | undefined; readonly now?: boolean | undefined }
export interface Resume { readonly by: string; readonly reason?: string | undefined }
export interface Abort { readonly by: string; readonly reason?: string | undefined }

/** What an update answers when the message was taken: one sentence for the person. */
export interface Taken { readonly says: string }

export const MESSAGES = ['approve', 'answer', 'hold', 'resume', 'abort'] as const;
export type MessageName = (typeof MESSAGES)[number];
