/** Not an answer but the finding that only the engine can give it: what was read is not what was expected. */
export class AskEngine extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'AskEngine';
  }
}
