/**
 * Traces by OpenTelemetry, from HTTP over the queue and the batch to the session: each process that is started with
 * OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) sends its spans there, and tells the processes that it asks for
 * something which span asks. OpenTelemetry's own variables (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
 * OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS) are its SDK's to read. Without an endpoint nothing of it is loaded.
 */
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

/** W3C's headers `traceparent` and `tracestate`, as they go from process to process. */
export type Carrier = Readonly<Record<string, string>>;

/** What a process is for: its spans say so, as `xlxmert.role`. */
export type Role = 'server' | 'inference-worker' | 'inference' | 'worker' | 'training';

const tracer = trace.getTracer('xlxmert-zoo');
let started = false;

/** Begins to send spans, where the environment says where to. @returns sends what is left, and ends it */
export async function startTracing(role: Role, environment = process.env): Promise<() => Promise<void>> {
  const endpoint = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint || started) return async () => {};
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'xlxmert-zoo', 'xlxmert.role': role }))
      .merge(resourceFromAttributes({ 'process.pid': process.pid }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  started = true;
  return () => provider.shutdown();
}

/** Whether spans are made. */
export const tracing = (): boolean => started;

/** What is active now, for another process. Undefined: nothing is. */
export function carrier(of: Context = context.active()): Carrier | undefined {
  if (!started) return undefined;
  const headers: Record<string, string> = {};
  propagation.inject(of, headers);
  return headers.traceparent === undefined ? undefined : headers;
}

const extracted = (headers: Carrier | undefined): Context =>
  headers === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers);

/** A span that whoever began it ends. */
export interface OpenSpan {
  /** With the span in it, and without. */
  readonly context: Context;
  readonly parent: Context;
  set(attributes: Attributes): void;
  /** Once. */
  end(error?: unknown): void;
}

const NO_SPAN: OpenSpan = { context: ROOT_CONTEXT, parent: ROOT_CONTEXT, set() {}, end() {} };

export function beginSpan(
  name: string,
  attributes: Attributes = {},
  parent: Context = context.active(),
): OpenSpan {
  return started ? openSpan(tracer.startSpan(name, { attributes }, parent), parent) : NO_SPAN;
}

/** Of an HTTP request; the span of whoever sent it is its parent, where `traceparent` names one. */
export function beginRequestSpan(name: string, attributes: Attributes, headers: Carrier): OpenSpan {
  if (!started) return NO_SPAN;
  const parent = extracted(headers);
  return openSpan(tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent), parent);
}

function openSpan(span: Span, parent: Context): OpenSpan {
  return {
    context: trace.setSpan(parent, span),
    parent,
    set: (attributes) => void span.setAttributes(attributes),
    end(error) {
      if (error !== undefined) {
        const message = error instanceof Error ? error.message : String(error);
        span.setStatus({ code: SpanStatusCode.ERROR, message });
      }
      span.end();
    },
  };
}

/** Runs with the span active. */
export const within = <T>({ context: own }: OpenSpan, work: () => T): T =>
  started ? context.with(own, work) : work();

/** Work in a span of its own. */
export async function spanned<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
  parent?: Context,
): Promise<T> {
  if (!started) return work();
  const span = beginSpan(name, attributes, parent);
  try {
    const result = await within(span, work);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** The same, asked for by a span of another process. */
export const continued = <T>(
  headers: Carrier | undefined,
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> => (started ? spanned(name, attributes, work, extracted(headers)) : work());
