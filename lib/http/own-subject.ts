/**
 * An input whose subject, when it is written as a URL of this server, is written as this server writes it. URLs of other
 * servers stay as they are, and are refused like everything else that is no subject.
 */
export function withOwnSubject<I extends Readonly<Record<string, unknown>>>(input: I, base: string): I {
  const subject = input['subject'];
  const own = `${base}/Patient/`;
  if (typeof subject !== 'string' || !subject.startsWith(own)) return input;
  return { ...input, subject: subject.slice(`${base}/`.length) };
}
