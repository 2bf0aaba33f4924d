/** Where files lie that more than one machine needs: objects with keys, which are written once and never changed. */

export interface ObjectStore {
  /** For people, without secrets. */
  readonly name: string;
  /**
   * All of the file or nothing.
   * @param key `<name>/<this attempt>/<hash of the content>`
   * @returns the key of the object: of another attempt to store the content under the name, where one that died is gone
   *   on with
   */
  put(key: string, file: string): Promise<string>;
  /** Writes it to a path that nobody reads yet. @throws ObjectMissing */
  get(key: string, file: string): Promise<void>;
  /** One that is not there is no error. */
  remove(keys: readonly string[]): Promise<void>;
  /** Whether it can be written to and read from. @throws with a sentence that says why not */
  check(): Promise<void>;
}

export class ObjectMissing extends Error {
  constructor(key: string, options?: ErrorOptions) {
    super(`the store has no object ${key}`, options);
  }
}
