import { KNOWLEDGE_SYSTEM } from '../../knowledge/systems.ts';
import { storedToken } from '../../knowledge/tokens.ts';
import { tokenOf } from '../statement-questions.ts';
import type { Json, Utility, UtilityRow } from './utility.ts';

const { ncit, diseaseOntology, medGen } = KNOWLEDGE_SYSTEM;

const row = {
  code: 'translate-terminology',
  doc: 'Codes that the loaded knowledge gives a condition or a treatment beside the given one: first those of Disease Ontology and MedGen, or of the NCI Thesaurus, then all others.',
  in: {
    codeSystem: {
      type: 'string',
      min: 1,
      max: '1',
      doc: 'Code system of the code, such as `http://snomed.info/sct` or `http://www.nlm.nih.gov/research/umls/rxnorm`.',
    },
    code: { type: 'string', min: 1, max: '1', doc: 'The code, such as `190905008`.' },
  },
  example: { codeSystem: 'http://snomed.info/sct', code: '190905008' },
} as const satisfies UtilityRow;

/**
 * Translates by the cross-references that the knowledge sources carry. A target that the reference implementation names
 * and that is not known reads `no match found`; nothing is asked of another server.
 */
export const translateTerminology: Utility<typeof row> = {
  row,
  async answer({ codeSystem, code }, _reference, knowledge) {
    const asked = storedToken(tokenOf(`${codeSystem}|${code}`, 'codeSystem'));
    const [conditions, treatments] = await Promise.all([
      knowledge.translations('condition', asked),
      knowledge.translations('treatment', asked),
    ]);
    const treated = treatments.length > 0 || asked.system === KNOWLEDGE_SYSTEM.rxNorm;
    const others = (treated ? treatments : conditions).filter(
      (one) => one.system !== asked.system || one.code !== asked.code,
    );
    const targets = treated ? [ncit] : [diseaseOntology, medGen];
    const matches = (system: string): readonly Json[] =>
      others
        .filter((one) => one.system === system)
        .map(({ code: found = '', display = '' }) => ({ outcome: 'match found', code: found, system, display }));
    const named = targets.flatMap((system) => {
      const found = matches(system);
      return found.length > 0 ? found : [{ outcome: 'no match found', system }];
    });
    const systems = new Set(others.flatMap(({ system }) => system ?? []));
    return [...named, ...[...systems].filter((system) => !targets.some((one) => one === system)).flatMap(matches)];
  },
};
