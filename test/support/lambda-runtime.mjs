// Stands in for Lambda's runtime interface where the real one is not to be had: runs one handler with the events from
// standard input, and writes a JSON list of what the service would have got for each as its last line, after the log.
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import './node-path-hooks.mjs';

const STREAMING = Symbol('streaming');
let prelude = '';
globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: true }),
  HttpResponseStream: {
    from(stream, given) {
      prelude = `${JSON.stringify(given)}${'\0'.repeat(8)}`;
      return stream;
    },
  },
};

const [, , entry] = process.argv;
const { handler } = await import(pathToFileURL(entry).href);
const context = { awsRequestId: 'local', getRemainingTimeInMillis: () => 30_000 };
const outputs = [];
for (const event of JSON.parse(await text(process.stdin))) {
  outputs.push(await (handler[STREAMING] ? streamed(event) : returned(event)));
}
process.stdout.write(`\n${JSON.stringify(outputs)}`, () => process.exit(0));

async function streamed(event) {
  prelude = '';
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  await handler(event, stream, context);
  return prelude + Buffer.concat(chunks).toString();
}

async function returned(event) {
  try {
    return JSON.stringify((await handler(event, context)) ?? null);
  } catch (error) {
    return JSON.stringify({ errorType: error.name, errorMessage: error.message });
  }
}
