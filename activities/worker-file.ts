/** Reads a file on the worker whole: how big it is, and its checksum. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface WorkerFile { readonly bytes: number; readonly sha256: string }

/** `why`: a sentence for people, from its second half on. */
export async function readWorkerFile(path: string): Promise<WorkerFile | { readonly why: string }> {
  try {
    const { size } = await stat(path);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return { bytes: size, sha256: hash.digest('hex') };
  } catch (error) {
    return { why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no file ${path}.` : String(error) };
  }
}
