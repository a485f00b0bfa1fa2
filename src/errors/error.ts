/**
 * The shape of every failure that Sluice reports to a caller.
 *
 * Definitions live in `./catalog/*.ts` (one catalogue, a file per area) and nowhere else: code throws
 * `errors.databaseNotFound(name)`, never `new Error('…')`, for anything that a caller can see.
 */

/** How the message is put into an HTTP body. `text`: as it is; `json`: `{"error":"…"[,"data":…]}`. */
export type ErrorBody = 'text' | 'json' | 'empty';

/** A failure with a stable code, an HTTP status and a message that says what to do. */
export class SluiceError extends Error {
  /** Stable, snake_case, unique in the catalogue; sent as the header `sluice-error-code`. */
  readonly code: string;
  /** HTTP status; other interfaces map it. */
  readonly status: number;
  readonly body: ErrorBody;
  /** Extra JSON beside the message (the line errors of a partial write). */
  readonly data: unknown;
  /** Whole seconds after which a retry makes sense; becomes `Retry-After`. */
  readonly retryAfterSecs: number | undefined;

  constructor(fields: {
    code: string;
    status: number;
    body: ErrorBody;
    message: string;
    data?: unknown;
    retryAfterSecs?: number;
    cause?: unknown;
  }) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'SluiceError';
    this.code = fields.code;
    this.status = fields.status;
    this.body = fields.body;
    this.data = fields.data;
    this.retryAfterSecs = fields.retryAfterSecs;
  }

  /** The same failure with JSON data beside its message. */
  withData(data: unknown): SluiceError {
    return new SluiceError({ ...this.fields(), data });
  }

  /** The same failure with more to say at the end. */
  withMore(text: string): SluiceError {
    return new SluiceError({ ...this.fields(), message: this.message + text });
  }

  withCause(cause: unknown): SluiceError {
    return new SluiceError({ ...this.fields(), cause });
  }

  private fields() {
    return {
      code: this.code,
      status: this.status,
      body: this.body,
      message: this.message,
      data: this.data,
      ...(this.retryAfterSecs === undefined ? {} : { retryAfterSecs: this.retryAfterSecs }),
    };
  }
}

/** A catalogue entry: call it with its parameters to get the failure. */
export type ErrorFactory<Args extends unknown[]> = ((...args: Args) => SluiceError) & {
  readonly code: string;
  readonly status: number;
  /** The message alone, where it is told beside others: a failure costs far more, for its stack. */
  readonly text: (...args: Args) => string;
};

/** Defines one catalogue entry. */
export function defineError<Args extends unknown[]>(
  code: string,
  status: number,
  body: ErrorBody,
  message: (...args: Args) => string,
  options: { retryAfterSecs?: number } = {},
): ErrorFactory<Args> {
  const factory = (...args: Args) =>
    new SluiceError({ code, status, body, message: message(...args), ...options });
  return Object.assign(factory, { code, status, text: message });
}
