/**
 * How workflow code reads what comes in: messages, input, results of steps. Anyone can send bytes that are no JSON or
 * name an encoding that nobody knows; read in the usual way they would fail the workflow task again and again, and the
 * upgrade would never answer any more. Here they read as nothing, and nothing is refused like other junk.
 */
import { defaultPayloadConverter, type PayloadConverter } from '@temporalio/common';

export const payloadConverter: PayloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Parameters<PayloadConverter['fromPayload']>[0]): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return undefined as T; // whoever asked checks the shape of what came, or refuses it
    }
  },
};
