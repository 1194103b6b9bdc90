/** Waits until it is told to continue as new. */
import { condition, continueAsNew, defineSignal, setHandler } from '@temporalio/workflow';

export async function again(round: number): Promise<void> {
  let told = false;
  setHandler(defineSignal('again'), () => { told = true; });
  await condition(() => told);
  await continueAsNew<typeof again>(round + 1);
}
