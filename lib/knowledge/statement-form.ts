import type { DxRow, Identifier } from './rows.ts';

/** A diagnostic statement; what it applies to may be known elsewhere. */
export type DxStatement = Omit<DxRow, 'variants'> & Partial<Pick<DxRow, 'variants'>>;

/** What is kept of a diagnostic statement beside its conditions. */
export type DxBody = Omit<DxRow, 'kind' | 'variants' | 'conditions'>;

export function bodyOf({ kind: _, variants: __, conditions: ___, ...body }: DxStatement): DxBody {
  return body;
}

/**
 * What many statements say alike: all but the values of their identifiers, of which a form has the systems. Millions of
 * ClinVar's statements share some thousand forms; kept with each of them, they were nine tenths of what was written.
 */
export interface StatementForm extends Omit<DxBody, 'identifiers' | 'variantIdentifiers'> {
  readonly identifiers: readonly string[];
  readonly variantIdentifiers?: readonly string[];
}

const systems = (identifiers: readonly Identifier[]): readonly string[] => identifiers.map(({ system }) => system);

/** The form of a statement, in which {@link filled} puts the values of its identifiers. */
export function formOf({ identifiers, variantIdentifiers, ...shared }: DxBody): StatementForm {
  return {
    ...shared,
    identifiers: systems(identifiers),
    ...(variantIdentifiers === undefined ? {} : { variantIdentifiers: systems(variantIdentifiers) }),
  };
}

/**
 * The statement of a form, by the values of its identifiers and then of its variant's.
 *
 * @throws Error when there are more or fewer values than the form has systems: the file is damaged
 */
export function filled(form: StatementForm, values: readonly string[]): DxBody {
  const { identifiers, variantIdentifiers, ...shared } = form;
  const all = [...identifiers, ...(variantIdentifiers ?? [])].map((system, i) => ({ system, value: values[i] ?? '' }));
  if (all.length !== values.length) throw new Error(`a form of ${all.length} identifiers has ${values.length} values`);
  return {
    ...shared,
    identifiers: all.slice(0, identifiers.length),
    ...(variantIdentifiers === undefined ? {} : { variantIdentifiers: all.slice(identifiers.length) }),
  };
}

/** Beyond this, statements of new forms are kept whole: memory stays bounded. */
const MOST_STEPS = 200_000;

/** Forms that begin alike share the steps of their beginning. */
interface Step {
  form: number | undefined;
  readonly next: Map<string | undefined, Step>;
}

/**
 * Gives each form a number as it is first met.
 *
 * @param add keeps a new form and gives its number
 * @returns a function of a statement: its form's number, or undefined when it must be kept whole
 */
export function numberForms(add: (form: StatementForm) => number): (statement: DxStatement) => number | undefined {
  const start: Step = { form: undefined, next: new Map() };
  let steps = 0;
  // Readers hand out the same object for the same words.
  const texts = new WeakMap<object, string>();
  const textOf = (value: object | undefined): string | undefined => {
    if (value === undefined) return undefined;
    const known = texts.get(value);
    if (known !== undefined) return known;
    const text = JSON.stringify(value);
    texts.set(value, text);
    return text;
  };
  const step = (from: Step | undefined, word: string | undefined): Step | undefined => {
    const known = from?.next.get(word);
    if (from === undefined || known !== undefined || steps >= MOST_STEPS) return known;
    const made: Step = { form: undefined, next: new Map() };
    from.next.set(word, made);
    steps++;
    return made;
  };
  return (statement) => {
    const { significance, evidence, reviewStatus, source, identifiers, variantIdentifiers } = statement;
    let at = step(step(step(step(start, textOf(significance)), textOf(evidence)), reviewStatus), source);
    for (const { system } of identifiers) at = step(at, system);
    if (variantIdentifiers !== undefined) {
      at = step(at, undefined);
      for (const { system } of variantIdentifiers) at = step(at, system);
    }
    if (at !== undefined) at.form ??= add(formOf(bodyOf(statement)));
    return at?.form;
  };
}
