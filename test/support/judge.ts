import type { Question } from './questions.ts';

/** Where questions go, and as whom. */
export interface Target {
  /** FHIR base URL, on loopback. */
  readonly base: string;
  /** Bearer token; none where nobody is asked who they are. */
  readonly token?: string;
}

interface Heard {
  /** 0: the connection broke before anything was answered. */
  readonly status: number;
  /** What arrived. */
  readonly text: string;
  /** Whether the answer ended as an answer ends. */
  readonly whole: boolean;
}

/** Answers of a server without faults. */
export type RightAnswers = ReadonlyMap<Question, string>;

/** What became of one question. Anything but these is a wrong answer, and thrown. */
export type Verdict = 'right' | 'refused' | 'broken';

/** Asks every question once. @throws Error unless each is answered, and has something to say */
export async function rightAnswers(target: Target, questions: readonly Question[]): Promise<RightAnswers> {
  const answers = new Map<Question, string>();
  for (const question of questions) {
    const { status, text, whole } = await ask(target, question);
    const told = status === 200 && whole ? (JSON.parse(text) as { parameter?: readonly unknown[] }) : undefined;
    if (told === undefined) throw new Error(`${nameOf(question)} is answered ${status}: ${text}`);
    if (!told.parameter?.length) throw new Error(`${nameOf(question)} has an empty answer, which proves nothing`);
    answers.set(question, text);
  }
  return answers;
}

/**
 * Asks a question that a failing store may not be able to answer.
 *
 * @throws Error for any answer but the right one, to the byte; an OperationOutcome of a 5xx; or one that breaks off and
 * that nobody can take for an answer, also where `leave` broke it off
 */
export async function judge(
  target: Target,
  question: Question,
  right: RightAnswers,
  leave?: AbortSignal,
): Promise<Verdict> {
  const { status, text, whole } = await ask(target, question, leave);
  const expected = right.get(question);
  if (whole && status === 200 && text === expected) return 'right';
  if (whole && status >= 500 && (parsed(text) as { resourceType?: string })?.resourceType === 'OperationOutcome') {
    return 'refused';
  }
  // Who leaves may have heard all of it, except that it was all.
  if (!whole && (parsed(text) === undefined || (leave?.aborted === true && text === expected))) return 'broken';
  throw new Error(`${nameOf(question)} is answered ${status}${whole ? '' : ', broken off'}: ${text.slice(0, 2_000)}`);
}

/** Asks every question of a store that is well again. @throws Error when a failure is remembered */
export async function allRight(target: Target, right: RightAnswers): Promise<void> {
  for (const question of right.keys()) {
    const verdict = await judge(target, question, right);
    if (verdict !== 'right') throw new Error(`${nameOf(question)} is ${verdict} although the store is well again`);
  }
}

const nameOf = ({ path, body }: Question): string => (body === undefined ? path : `${path} ${body}`);

async function ask({ base, token }: Target, { path, body }: Question, leave?: AbortSignal): Promise<Heard> {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
  };
  let text = '';
  let status = 0;
  try {
    const response = await fetch(base + path, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body }),
      ...(leave && { signal: leave }),
    });
    status = response.status;
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
    return { status, text: text + decoder.decode(), whole: true };
  } catch (error) {
    // A connection that broke, which fetch tells by a TypeError. Anything else is a mistake of the test.
    if (!(error instanceof TypeError) && leave?.aborted !== true) throw error;
    return { status, text, whole: false };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
