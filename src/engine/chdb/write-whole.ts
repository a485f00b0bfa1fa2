import { type FileHandle, open } from 'node:fs/promises';

/** Writes a new file, every byte of it: a short write would cut a block in two. */
export async function writeWhole(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    if (Symbol.iterator in chunks) await writeAll(file, [...chunks]);
    else for await (const chunk of chunks) await writeAll(file, [chunk]);
  } finally {
    await file.close();
  }
}

/** Goes on where a short write stopped. */
export async function writeAll(
  file: Pick<FileHandle, 'writev'>,
  chunks: readonly Uint8Array[],
): Promise<void> {
  let left = chunks.filter((chunk) => chunk.byteLength > 0);
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left);
    const whole = left.findIndex((chunk) => {
      if (chunk.byteLength > bytesWritten) return true;
      bytesWritten -= chunk.byteLength;
      return false;
    });
    left = whole < 0 ? [] : left.slice(whole);
    if (left[0] !== undefined && bytesWritten > 0) left[0] = left[0].subarray(bytesWritten);
  }
}
