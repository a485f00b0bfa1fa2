/** What is on the disk is not what is known of it: another format, a part that is going, or a broken one. */
export class MalformedPart extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MalformedPart';
  }
}
