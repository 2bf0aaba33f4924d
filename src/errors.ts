/**
 * Every error that a user can meet, in one table: stable code → HTTP status, type, and a default message that
 * says what to do. docs/api.md is held to this table by test/documents/tables.test.ts, the OpenAPI document by
 * test/openapi.test.ts.
 */
import { Fault } from './fault.ts';

export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'conflict_error'
  | 'rate_limit_error'
  | 'unavailable_error'
  | 'server_error';

interface ErrorEntry {
  readonly status: number;
  readonly type: ErrorType;
  readonly message: string;
  /** Seconds for the Retry-After header, where trying again helps. */
  readonly retryAfter?: number;
}

export const ERRORS = {
  invalid_json: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The body is not valid JSON. Send one JSON object, UTF-8 encoded.',
  },
  invalid_request: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The request does not match its schema. See /docs for the fields and their ranges.',
  },
  api_key_missing: {
    status: 401,
    type: 'authentication_error',
    message: 'This server wants an API key. Send "authorization: Bearer <key>".',
  },
  api_key_invalid: {
    status: 401,
    type: 'authentication_error',
    message: 'This API key is not known here, or was revoked.',
  },
  scope_missing: {
    status: 403,
    type: 'permission_error',
    message: 'This API key may not do that. Ask for a key with the scope that the message names.',
  },
  origin_not_allowed: {
    status: 403,
    type: 'permission_error',
    message:
      'A web page of another site may not change anything here. CORS_ORIGINS opens the server to pages by name.',
  },
  route_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is nothing at this address. See /docs for what there is.',
  },
  model_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is no such model. GET /v1/models lists the hosted ones.',
  },
  webhook_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is no such webhook. GET /v1/webhooks lists them.',
  },
  run_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is no such run. GET /v1/runs lists them.',
  },
  dataset_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is no such data set. GET /v1/datasets lists them.',
  },
  job_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is no such job. GET /v1/train-jobs lists them.',
  },
  study_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is no such study. GET /v1/studies lists them.',
  },
  file_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'The job has no such file, or not yet.',
  },
  sent_file_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'There is no such file. GET /v1/files lists them.',
  },
  image_not_found: {
    status: 404,
    type: 'not_found_error',
    message: 'This run kept no such image. Ask for "store": true when painting.',
  },
  method_not_allowed: {
    status: 405,
    type: 'invalid_request_error',
    message: 'This address does not take that method. The Allow header lists those that it takes.',
  },
  not_acceptable: {
    status: 406,
    type: 'invalid_request_error',
    message:
      'None of the types in the Accept header can be produced. ' +
      'Ask for application/json, text/event-stream, image/png, image/jpeg or image/webp.',
  },
  request_timeout: {
    status: 408,
    type: 'invalid_request_error',
    message: 'The rest of the request did not come in time. Send it again, without a pause.',
  },
  idempotency_key_in_flight: {
    status: 409,
    type: 'conflict_error',
    message: 'A request with this Idempotency-Key is still running. Wait for its answer, then repeat.',
    retryAfter: 1,
  },
  model_busy: {
    status: 409,
    type: 'conflict_error',
    message: 'The model is in use or changing its state. Try again in a moment.',
    retryAfter: 1,
  },
  run_state: {
    status: 409,
    type: 'conflict_error',
    message: 'The run has not ended yet. Try again when it has.',
    retryAfter: 1,
  },
  job_state: {
    status: 409,
    type: 'conflict_error',
    message: 'The job is in a state in which this cannot be done.',
  },
  study_state: {
    status: 409,
    type: 'conflict_error',
    message: 'The study takes no answers now. GET /v1/studies/{id} says how it stands.',
  },
  answer_given: {
    status: 409,
    type: 'conflict_error',
    message: 'This was answered already, or was not asked of you. An answer is given once.',
  },
  model_exists: {
    status: 409,
    type: 'conflict_error',
    message: 'There is a model of this id. Choose another one.',
  },
  model_shipped: {
    status: 409,
    type: 'conflict_error',
    message: 'This model came with the server. Models that were promoted or imported can be deleted.',
  },
  dataset_shipped: {
    status: 409,
    type: 'conflict_error',
    message: 'The scenes are composed as they are needed. Data sets in DATA_DIR/datasets can be deleted.',
  },
  model_in_use: {
    status: 409,
    type: 'conflict_error',
    message: 'Another model or a training job is built on this one. Delete or cancel that first.',
  },
  payload_too_large: {
    status: 413,
    type: 'invalid_request_error',
    message: 'The body is too large.',
  },
  image_too_large: {
    status: 413,
    type: 'invalid_request_error',
    message: 'The image is too large: at most 20 MB and 40 megapixels.',
  },
  unsupported_media_type: {
    status: 415,
    type: 'invalid_request_error',
    message:
      'The body must be JSON, sent with "content-type: application/json"; ' +
      'where images come in, multipart/form-data is read as well.',
  },
  image_not_supported: {
    status: 415,
    type: 'invalid_request_error',
    message: 'This is not an image in a format that is read. Send PNG, JPEG, WebP, GIF or AVIF.',
  },
  expectation_failed: {
    status: 417,
    type: 'invalid_request_error',
    message: 'The Expect header asks for something else than "100-continue". Leave it out.',
  },
  host_not_allowed: {
    status: 421,
    type: 'permission_error',
    message:
      'Without keys the server answers to the names of its own machine alone. ALLOWED_HOSTS adds names to them.',
  },
  impossible_request: {
    status: 422,
    type: 'invalid_request_error',
    message: 'The request is well-formed, but it asks for something that cannot be done.',
  },
  dataset_unusable: {
    status: 422,
    type: 'invalid_request_error',
    message: 'The data set is not there, or has faults. GET /v1/datasets shows them.',
  },
  component_unusable: {
    status: 422,
    type: 'invalid_request_error',
    message: 'A checkpoint that the job would build on is not there, or does not fit.',
  },
  image_damaged: {
    status: 422,
    type: 'invalid_request_error',
    message: 'The image cannot be decoded: the file is damaged or cut short.',
  },
  image_url_not_allowed: {
    status: 422,
    type: 'invalid_request_error',
    message:
      'Images are fetched from hosts that the operator allows, and from public addresses only. Send the image itself.',
  },
  webhook_url_not_allowed: {
    status: 422,
    type: 'invalid_request_error',
    message:
      'Webhooks go to http and https on their own ports, to hosts by name with public addresses, and to those that the operator allows.',
  },
  image_not_reachable: {
    status: 422,
    type: 'invalid_request_error',
    message: 'The image could not be fetched from its address. Send the image itself.',
  },
  task_not_supported: {
    status: 422,
    type: 'invalid_request_error',
    message: 'This model cannot do this task. GET /v1/models shows the tasks of each model.',
  },
  idempotency_key_reused: {
    status: 422,
    type: 'invalid_request_error',
    message: 'This Idempotency-Key was used for a different request. Use a new key for a new request.',
  },
  queue_full: {
    status: 429,
    type: 'rate_limit_error',
    message: 'Too many requests are waiting. Try again after the time in Retry-After.',
    retryAfter: 2,
  },
  rate_limited: {
    status: 429,
    type: 'rate_limit_error',
    message: 'This API key has asked too often. Try again after the time in Retry-After.',
    retryAfter: 60,
  },
  quota_exceeded: {
    status: 429,
    type: 'rate_limit_error',
    message: 'This API key has used up what it may have. Try again after the time in Retry-After.',
    retryAfter: 60,
  },
  headers_too_large: {
    status: 431,
    type: 'invalid_request_error',
    message: 'The address and the headers of the request are too large: at most 16 KB together.',
  },
  /** Recorded in the run; nobody is left to read it as an answer. */
  client_closed_request: {
    status: 499,
    type: 'invalid_request_error',
    message: 'The client hung up before the answer was ready.',
  },
  internal_error: {
    status: 500,
    type: 'server_error',
    message: 'The server failed. The log has the details under this request_id.',
  },
  not_ready: {
    status: 503,
    type: 'unavailable_error',
    message: 'The server is still starting. Try again after the time in Retry-After.',
    retryAfter: 2,
  },
  model_not_ready: {
    status: 503,
    type: 'unavailable_error',
    message: 'The model is not loaded. Load it with POST /v1/models/{id}/load and try again.',
    retryAfter: 2,
  },
  inference_unavailable: {
    status: 503,
    type: 'unavailable_error',
    message:
      'The inference process stopped while it worked on this request and is being replaced. Try again.',
    retryAfter: 5,
  },
  no_inference_worker: {
    status: 503,
    type: 'unavailable_error',
    message:
      'No inference worker is there to run the models. Start one with "npm run inference" on the same database.',
    retryAfter: 5,
  },
  database_unavailable: {
    status: 503,
    type: 'unavailable_error',
    message: 'The database does not answer and is being restarted. Try again.',
    retryAfter: 5,
  },
  store_unavailable: {
    status: 503,
    type: 'unavailable_error',
    message: 'The store (STORE_URL) does not take or give files now. Try again.',
    retryAfter: 5,
  },
  shutting_down: {
    status: 503,
    type: 'unavailable_error',
    message: 'The server is shutting down. Try again when it is back.',
    retryAfter: 10,
  },
  storage_full: {
    status: 507,
    type: 'unavailable_error',
    message: 'The disk of the server is full: nothing new can be recorded until there is space again.',
    retryAfter: 30,
  },
  /** Recorded in runs of a server that died; never an answer. */
  server_lost: {
    status: 503,
    type: 'unavailable_error',
    message: 'The server that worked on this run stopped before it was done. Repeat the request.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export interface CodedErrorOptions {
  /** JSON pointer of the bad field, such as `/sampler/steps`. */
  param?: string;
  /** Seconds; overrides the table's. */
  retryAfter?: number;
  /** What went wrong underneath. Logged, never sent. */
  cause?: unknown;
}

/** An error that a user sees: its code and message go into the answer as they are. */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: ErrorType;
  readonly param: string | null;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message?: string, options: CodedErrorOptions = {}) {
    const entry: ErrorEntry = ERRORS[code];
    super(message ?? entry.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = entry.status;
    this.type = entry.type;
    this.param = options.param ?? null;
    this.retryAfter = options.retryAfter ?? entry.retryAfter;
  }

  /** What was found below, told of a field of the request. */
  static of(code: ErrorCode, fault: Fault, param: string): CodedError {
    return new CodedError(code, fault.message, { param, cause: fault });
  }

  /** The same of another field. */
  at(param: string): CodedError {
    const { code, message, retryAfter, cause } = this;
    return new CodedError(code, message, { param, cause, ...(retryAfter !== undefined && { retryAfter }) });
  }
}

/** A mistake on the command line or in the environment. */
export class UsageError extends Fault {
  override readonly name = 'UsageError';
}

/** Whoever asked can mend it. */
export const isMistake = (error: unknown): error is Fault | CodedError =>
  error instanceof Fault || (error instanceof CodedError && error.status < 500);
