/** Reads the records of scanned segments again, one group in memory at a time. */
import { ingestErrors } from '../../errors/index.ts';
import type { LogFiles } from './files.ts';
import { groupPayloads, SEGMENT_HEADER_BYTES } from './format.ts';
import type { LoggedRecord } from './log.ts';
import type { ScannedSegment } from './scan.ts';
import { SegmentReader } from './segment-reader.ts';

export async function* replaySegments(
  segments: readonly ScannedSegment[],
  files: LogFiles,
): AsyncGenerator<LoggedRecord> {
  for (const { path, header, goodBytes } of segments) {
    const file = await files.open(path);
    try {
      const reader = await SegmentReader.open(file);
      let offset = SEGMENT_HEADER_BYTES;
      while (offset < goodBytes) {
        const group = await reader.group(offset, header.salt);
        // The scan has read these bytes before: the disk gives something else now.
        if (group === undefined) throw ingestErrors.walCorrupt(path, offset, 'the bytes changed while read');
        let sequence = group.header.first;
        for (const payload of groupPayloads(group.bytes, group.header)) {
          yield { sequence, payload };
          sequence++;
        }
        offset = group.end;
      }
    } finally {
      await file.close();
    }
  }
}
