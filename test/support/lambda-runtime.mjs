// Stands in for Lambda's Node runtime in a process of its own: finds ES modules in NODE_PATH, as the managed runtimes
// since nodejs18.x do and plain Node does not, provides `awslambda`, and runs one handler with one event from standard
// input. Writes what the client would have got, and which libduckdb was loaded, as JSON.
import { createRequire, registerHooks } from 'node:module';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const fromNodePath = createRequire('/var/runtime/index.mjs');
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]/.test(specifier)) throw error;
      return { url: pathToFileURL(fromNodePath.resolve(specifier)).href, shortCircuit: true };
    }
  },
});

let metadata;
globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(stream, given) {
      metadata = given;
      return stream;
    },
  },
};

const [, , entry] = process.argv;
const started = performance.now();
const { handler } = await import(pathToFileURL(entry).href);
const events = JSON.parse(await text(process.stdin));
const answers = [];
for (const event of events) {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  stream.on('error', () => {});
  let failure;
  await handler(event, stream, { awsRequestId: 'local', getRemainingTimeInMillis: () => 30_000 }).catch((error) => {
    failure = String(error);
  });
  answers.push({ ...metadata, body: Buffer.concat(chunks).toString(), complete: stream.writableFinished, failure });
}
const libraries = process.report.getReport().sharedObjects.filter((path) => path.includes('libduckdb'));
process.stdout.write(JSON.stringify({ answers, libraries, milliseconds: performance.now() - started }), () => {
  process.exit(0);
});
