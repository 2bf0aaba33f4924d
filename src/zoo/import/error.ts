/** Why a foreign file was not imported, in words for the person who brought it. */
export type ImportErrorCode =
  /** The format is none that is read. */
  | 'not_a_checkpoint'
  /** The file ends too early. */
  | 'truncated'
  /** The file contradicts itself. */
  | 'damaged'
  /** Larger, deeper or longer than any real checkpoint. */
  | 'too_large'
  /** A pickle that asks for something other than plain data. */
  | 'forbidden_global'
  /** Plain data, but in a form that is not read. */
  | 'unsupported'
  /** Every missing, surplus and misshapen weight, or what else does not fit the model. */
  | 'weights_mismatch'
  /** The config beside the weights. */
  | 'bad_config'
  | 'file_not_found'
  | 'model_exists';

export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly code: ImportErrorCode;

  constructor(code: ImportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
