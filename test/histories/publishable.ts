/** A history to commit: an event a line, without the machine it was recorded on. */

/** Names of the machine and its folders; the replay does not look at them. */
const LEFT_OUT = new Set(['identity', 'workerIdentity', 'stackTrace', 'sdkName', 'sdkVersion', 'workerVersion', 'binaryChecksum', 'encodedAttributes']);

/** A worker's own queue is named after its process and host. */
const STICKY_QUEUE = /^\d+@.+-[0-9a-f]{32}$/;

export function publishable(history: string): string {
  const { events } = JSON.parse(history) as { events: unknown[] };
  const named = (key: string, value: unknown) => (LEFT_OUT.has(key) ? undefined : typeof value === 'string' && STICKY_QUEUE.test(value) ? 'sticky' : value);
  return `{"events": [\n${events.map((event) => JSON.stringify(event, named)).join(',\n')}\n]}\n`;
}
