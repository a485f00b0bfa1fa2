/** Bodies that are meant to hurt: the longest way through every loop of the parser, filled up to a size. */

export interface HostileBody {
  readonly name: string;
  /** A body of about so many bytes; `time` tells those that follow each other apart. */
  readonly make: (bytes: number, time?: number) => string;
}

/** The same text again and again. */
const repeated = (text: string) => (bytes: number) => text.repeat(Math.ceil(bytes / text.length));

/** A head, then numbered pieces. */
const numbered =
  (head: string, piece: (index: number) => string, tail = '') =>
  (bytes: number) => {
    const parts = [head];
    let length = head.length;
    for (let index = 0; length < bytes; index++) {
      const text = piece(index);
      parts.push(text);
      length += text.length;
    }
    return parts.join('') + tail;
  };

const within =
  (head: string, text: string, tail = '') =>
  (bytes: number) =>
    head + repeated(text)(bytes) + tail;

/** Texts of nothing but escapes, each as long as may be. */
const escapes =
  (head: string, piece: (text: string, index: number) => string, each: string, tail = '') =>
  (bytes: number) => {
    const count = Math.min(1_000_000, Math.ceil(bytes / 8));
    return numbered(head, (index) => piece(each.repeat(count), index), tail)(bytes - 2 * count);
  };

export const HOSTILE_BODIES: readonly HostileBody[] = [
  { name: 'every line bad', make: repeated('a\n') },
  { name: 'every line bad by its schema', make: (bytes) => `m f=1\n${repeated('m f=t\n')(bytes)}` },
  { name: 'a table per line', make: numbered('', (index) => `t${index} f=1\n`) },
  { name: 'a table per bad line', make: numbered('', (index) => `t${index} f=1,f=1\n`) },
  { name: 'a series per line', make: numbered('', (index) => `m,t=${index} f=1\n`) },
  {
    name: 'series that never come again',
    make: (bytes, time = 0) => numbered('', (index) => `m,t=${time * 1_000_000 + index} f=1\n`)(bytes),
  },
  { name: 'a field per line', make: numbered('', (index) => `m f${index}=1\n`) },
  { name: 'a tag per line', make: numbered('', (index) => `m,t${index}=1 f=1\n`) },
  { name: 'a million tags in a line', make: numbered('m', (index) => `,${index.toString(36)}=1`, ' f=1') },
  { name: 'a million fields in a line', make: numbered('m a=1', (index) => `,${index.toString(36)}=1`) },
  { name: 'one tag again and again', make: within('m', ',a=1', ' f=1') },
  { name: 'one field again and again', make: within('m a=1', ',a=1') },
  { name: 'one name', make: repeated('m') },
  { name: 'one tag value', make: within('m,t=', 'x', ' f=1') },
  {
    name: 'tag values of a megabyte',
    make: (bytes) =>
      numbered('m', (index) => `,t${index}=${'x'.repeat(1_000_000)}`, ' f=1')(bytes - 2_000_000),
  },
  { name: 'tag values of escapes', make: escapes('m', (text, index) => `,t${index}=${text}`, '\\,', ' f=1') },
  { name: 'tag names of escapes', make: escapes('m', (text, index) => `,${text}${index}=1`, '\\=', ' f=1') },
  { name: 'field names of escapes', make: escapes('m a=1', (text, index) => `,${text}${index}=1`, '\\=') },
  { name: 'strings of escapes', make: escapes('m a=1', (text, index) => `,s${index}="${text}"`, '\\"') },
  { name: 'one string', make: within('m f="', 'x', '"') },
  { name: 'one string that stays open', make: within('m f="', 'x') },
  { name: 'strings that stay open', make: repeated('m f="x\n') },
  { name: 'strings with a newline', make: repeated('m f="\n"\n') },
  { name: 'one integer', make: within('m f=', '9', 'i') },
  { name: 'one unsigned number', make: within('m f=', '9', 'u') },
  { name: 'one decimal', make: within('m f=0.', '9') },
  { name: 'one exponent', make: within('m f=1e', '9') },
  { name: 'one timestamp', make: within('m f=1 ', '9') },
  { name: 'zeros before a number', make: within('m f=', '0', '1i') },
  { name: 'only spaces', make: repeated(' ') },
  { name: 'only newlines', make: repeated('\n') },
  { name: 'only comments', make: repeated('#\n') },
  { name: 'one comment', make: repeated('#') },
  { name: 'only backslashes', make: repeated('\\') },
  { name: 'backslashes in a tag', make: within('m,t=', '\\', 'x f=1') },
  { name: 'only quotes', make: repeated('"') },
  { name: 'only commas', make: repeated(',') },
  { name: 'only equals signs', make: repeated('=') },
  { name: 'tabs behind the key', make: within('m,a=b', '\t') },
  { name: 'control characters behind the key', make: within('m,a=b\t', '\u0001') },
  { name: 'NUL', make: repeated('\0') },
  { name: 'emoji', make: repeated('😀') },
];
