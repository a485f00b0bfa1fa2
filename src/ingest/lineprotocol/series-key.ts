/** A key for those who look at a few of them. */
import { ID_BYTES } from './series-id.ts';
import type { SeriesKeys } from './series-keys.ts';
import { view } from './text.ts';

export class SeriesKey {
  private readonly keys: SeriesKeys;
  private readonly key: number;

  constructor(keys: SeriesKeys, key: number) {
    this.keys = keys;
    this.key = key;
  }

  get measurement(): string {
    return this.keys.headOf(this.key).measurement;
  }

  get tagNames(): readonly string[] {
    return this.keys.headOf(this.key).tagNames;
  }

  /** Made anew each time. */
  get tagValues(): readonly string[] {
    const { keys, key } = this;
    const words = keys.wordsOf(key);
    const bytes = view(keys.bytesOf(key));
    const at = keys.valueWord(key);
    return this.tagNames.map((_, index) =>
      bytes.toString('utf8', words[at + index * 2], words[at + index * 2 + 1]),
    );
  }

  /** The same for every order and spelling of the same tags. */
  get seriesId(): Buffer {
    return Buffer.from(this.keys.wordsOf(this.key).buffer, this.keys.idWord(this.key) * 4, ID_BYTES);
  }

  /** The table's series that numbered it last, by their mark; 0 = none. */
  get numberedBy(): number {
    return this.keys.numberedBy(this.key);
  }

  /** The number that it has among the series with that mark; -1 when others numbered it since. */
  numberAmong(mark: number): number {
    return mark === 0 ? -1 : this.keys.numberOf(this.key, mark);
  }
}
