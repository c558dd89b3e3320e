import { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { vi } from 'vitest';

interface Metadata {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a function answered. */
export interface Streamed extends Metadata {
  readonly body: string;
  /** Ended by its writer, not broken off. */
  readonly complete: boolean;
}

type StreamingHandler = (event: unknown, stream: Writable, context: unknown) => Promise<void>;

/** Metadata that the runtime would send ahead of a stream. */
const sent = new WeakMap<Writable, Metadata>();

/** The runtime's global, which has to be there before a handler is made. */
export function stubRuntime(): void {
  vi.stubGlobal('awslambda', {
    streamifyResponse: (handler: StreamingHandler) => handler,
    HttpResponseStream: {
      from(stream: Writable, metadata: Metadata) {
        sent.set(stream, metadata);
        return stream;
      },
    },
  });
}

/** Gives an event to a handler as the runtime does. */
export async function invoke(
  handler: unknown,
  event: APIGatewayProxyEvent,
  context: Partial<Context> = {},
): Promise<Streamed> {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  stream.on('error', () => {});
  await (handler as StreamingHandler)(event, stream, context).catch(() => {});
  const metadata = sent.get(stream);
  if (metadata === undefined) throw new Error('the handler sent no status');
  return { ...metadata, body: Buffer.concat(chunks).toString(), complete: stream.writableFinished };
}
