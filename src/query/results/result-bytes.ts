import { BytePool } from '../../platform/byte-pool.ts';

/**
 * The text of large results, whose memory is given back as soon as it is sent. Left to the collector, which waits
 * until all that lies outside of its heap has doubled, it would be a hundred megabytes.
 */
export const resultBytes = new BytePool(0);
