/** An upgrade as the first build knows it: one step, then it waits for a person. */
import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';

const { step, ignoresCancellation } = proxyActivities<{ step(name: string): Promise<string>; ignoresCancellation(): Promise<void> }>({ startToCloseTimeout: '1m' });

export async function waits(): Promise<string> {
  let approved = false;
  setHandler(defineSignal('approve'), () => { approved = true; });
  await step('stop');
  await condition(() => approved);
  return step('start');
}

export async function changes(): Promise<string> {
  return waits();
}

export async function hangs(): Promise<void> {
  await ignoresCancellation();
}
