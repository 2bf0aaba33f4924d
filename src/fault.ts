export interface FaultOptions extends ErrorOptions {
  /** What it is about, by the name that the field has for it: `steps`, `base_model`. */
  subject?: string;
}

/**
 * Something wrong with what was asked for, found where nobody knows who asks. The message is whole sentences that name
 * no flag and no address: the command line tells it of a flag, HTTP of a field of the request.
 */
export class Fault extends Error {
  override readonly name: string = 'Fault';
  readonly subject: string | undefined;

  constructor(message: string, { subject, ...options }: FaultOptions = {}) {
    super(message, options);
    this.subject = subject;
  }
}
