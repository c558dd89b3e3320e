import type { DxRow, Identifier } from './rows.ts';

/** A diagnostic statement as it is kept, beside its conditions. */
export type DxBody = Omit<DxRow, 'kind' | 'variants' | 'conditions'>;

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

/** Statements keep the number of their form, while there are not more forms than this: memory stays bounded. */
const MOST_FORMS = 50_000;

/**
 * Gives each form a number as it is first met.
 *
 * @param add keeps a new form and gives its number
 * @returns a function of a statement: its form's number, or undefined when it must be kept whole
 */
export function numberForms(add: (form: StatementForm) => number): (body: DxBody) => number | undefined {
  const forms = new Map<string, number>();
  const parts = smallNumbers();
  const words = smallNumbers();
  return (body) => {
    const { significance, evidence, reviewStatus, source, identifiers, variantIdentifiers } = body;
    let key = `${parts.ofObject(significance)} ${parts.ofObject(evidence)} ${words.of(reviewStatus)} ${words.of(source)}`;
    for (const { system } of identifiers) key += ` ${words.of(system)}`;
    if (variantIdentifiers !== undefined) {
      key += ' |';
      for (const { system } of variantIdentifiers) key += ` ${words.of(system)}`;
    }
    const known = forms.get(key);
    if (known !== undefined) return known;
    if (forms.size >= MOST_FORMS || parts.full() || words.full()) return undefined;
    const number = add(formOf(body));
    forms.set(key, number);
    return number;
  };
}

/** Numbers texts and objects by their content; beyond the bound all new ones are `full`, which nothing is stored under. */
function smallNumbers() {
  const texts = new Map<string, number>();
  // Readers hand out the same object for the same words.
  const objects = new WeakMap<object, number>();
  const of = (text: string | undefined): number => {
    if (text === undefined) return -1;
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= MOST_FORMS) return MOST_FORMS;
    texts.set(text, texts.size);
    return texts.size - 1;
  };
  return {
    of,
    full: () => texts.size >= MOST_FORMS,
    ofObject(value: object | undefined): number {
      if (value === undefined) return -1;
      const known = objects.get(value);
      if (known !== undefined) return known;
      const number = of(JSON.stringify(value));
      objects.set(value, number);
      return number;
    },
  };
}
